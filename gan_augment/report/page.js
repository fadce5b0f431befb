for (const slider of document.querySelectorAll(".slider")) {
  const frames = slider.querySelectorAll(".frame");
  const input = slider.querySelector("input");
  if (input) input.addEventListener("input", () => frames.forEach((frame, i) => { frame.hidden = i !== Number(input.value); }));
}
