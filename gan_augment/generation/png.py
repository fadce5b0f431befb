"""PNG bytes, with the marks that tell people and programs that an image is synthetic; knows nothing of folders."""

import io

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from gan_augment.generation.names import printable

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
XMP_KEYWORD = "XML:com.adobe.xmp"
_XMP_PACKET = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">'
    f"<Iptc4xmpExt:DigitalSourceType>{SOURCE_TYPE}</Iptc4xmpExt:DigitalSourceType>"
    '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
)


def encode_png(image: np.ndarray, marks: PngInfo | None = None) -> bytes:
    """Return an image as PNG; equal pixels and marks give equal bytes.

    Parameters
    ----------
    image
        uint8 array of shape (height, width, channels), 1 channel for grey, 3 for RGB.
    marks
        Text chunks to write, see `synthetic_marks`; none for a real image.
    """
    pixels = image[..., 0] if image.shape[-1] == 1 else image
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, "PNG", pnginfo=marks)
    return buffer.getvalue()


def synthetic_marks(class_name: str, index: int, seed: int, generator: str) -> PngInfo:
    """Return the chunks that mark an image as synthetic and say how to make it again.

    Text chunks are what a person finds; the XMP packet carries the term that the IPTC keeps for media made by a
    trained model (``DigitalSourceType``), which photo software and web platforms read.
    """
    marks = PngInfo()
    marks.add_text("Software", "gan-augment")
    marks.add_text("Description", "Synthetic image made by a trained generative model; not a photograph.")
    marks.add_text("Synthetic", "true")
    marks.add_text("DigitalSourceType", SOURCE_TYPE)
    for keyword, value in (("Class", class_name), ("Index", index), ("Seed", seed), ("Generator", generator)):
        marks.add_text(keyword, printable(str(value)))
    marks.add_itxt(XMP_KEYWORD, _XMP_PACKET)
    return marks
