"""From the bytes of a page to its text."""

from __future__ import annotations

import codecs
import re

import charset_normalizer

_DECLARED_CHARSET = re.compile(
    rb"<(?:meta[^<>]*?charset|\?xml[^<>]*?encoding)\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE
)
_BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# Python's names of the encodings that browsers know (WHATWG Encoding), labels that Python does not know, and what
# browsers take in place of relatives. Anything else that Python could decode ("punycode", "unicode_escape") is not for
# strangers to choose.
_ENCODINGS = frozenset(
    """
    utf-8 cp866 cp874 cp932 cp949 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 koi8-r koi8-u
    iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-10 iso8859-13 iso8859-14 iso8859-15
    iso8859-16 mac-roman mac-cyrillic gb18030 big5hkscs euc_jp iso2022_jp
    """.split()
)
_LABELS = {"windows-31j": "cp932", "windows-874": "cp874", "windows-949": "cp949", "iso-8859-8-i": "iso8859-8"}
_READ_AS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "shift_jis_2004": "cp932",
    "euc_jis_2004": "euc_jp",
    "euc_kr": "cp949",
}


def decode_html(body: bytes, header_charset: str | None) -> str:
    """Decodes a page: byte order mark, HTTP header, ``<meta>``, UTF-8, a guess (order of WHATWG HTML 13.2.3).

    Bytes that do not fit the encoding become U+FFFD.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    in_markup = _DECLARED_CHARSET.search(body, 0, 2_048)
    declared = _encoding(header_charset or "") or _encoding(in_markup[1].decode("ascii") if in_markup else "")
    if declared is not None:
        return body.decode(declared, "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        # Cut before a "<", which is never part of a multi-byte character, and short because guessing is slow.
        sample = body[:32_768].rpartition(b"<")[0]
        guess = charset_normalizer.from_bytes(sample).best()
        return body.decode(_encoding(guess.encoding if guess else "") or "cp1252", "replace")


def _encoding(label: str) -> str | None:
    """Python's name of an encoding that a page may ask for, ``None`` for any other label."""
    label = label.strip().lower().removeprefix("x-")
    label = _LABELS.get(label, label)
    if not re.fullmatch(r"[a-z0-9_.:-]{1,40}", label):
        return None
    try:
        name = codecs.lookup(label).name
    except LookupError:
        return None
    name = _READ_AS.get(name, name)
    return name if name in _ENCODINGS else None
