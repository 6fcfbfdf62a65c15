"""QR codes of a picture, and of no other kind: edges of text read as a one-dimensional code at times."""

import zxingcpp
from PIL import Image

QR_FORMATS = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])


def qr_codes(picture: Image.Image) -> list[zxingcpp.Barcode]:
    """Every QR code that stands in ``picture``, in the order in which they were found."""
    return list(zxingcpp.read_barcodes(picture, formats=QR_FORMATS))
