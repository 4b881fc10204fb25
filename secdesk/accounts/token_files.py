"""Seed files of hardware tokens: CSV and PSKC (RFC 6030). Pure functions: text in, rows and errors out.

CSV: one token a line with headings `serial`, `secret`, `encoding` (hex | base32 | base64), `kind`
(totp | hotp), `digest`, `digits`, `period`, `counter`; only the first two are needed. Japanese
headings are understood. PSKC: plain values, or AES-128-CBC under a pre-shared key with its MAC.
"""

from __future__ import annotations

import base64
import binascii
import csv
import io
import unicodedata
import xml.etree.ElementTree as ET  # nosec B405: documents with a DOCTYPE are refused before
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MAX_CHARACTERS = 5_000_000
MIN_SECRET, MAX_SECRET = 14, 64  # bytes; NIST SP 800-63B asks for 112 bits
PSKC = "{urn:ietf:params:xml:ns:keyprov:pskc}"
XENC = "{http://www.w3.org/2001/04/xmlenc#}"
AES128_CBC = "http://www.w3.org/2001/04/xmlenc#aes128-cbc"
HEADINGS = {
    "serial": ("serial", "serial number", "serialnumber", "製造番号", "シリアル", "シリアル番号"),
    "secret": ("secret", "seed", "key", "シード", "秘密鍵"),
    "encoding": ("encoding", "符号化"),
    "kind": ("kind", "type", "種類"),
    "digest": ("digest", "algorithm", "hash", "アルゴリズム"),
    "digits": ("digits", "桁数"),
    "period": ("period", "interval", "time step", "間隔"),
    "counter": ("counter", "カウンタ", "カウンター"),
}


@dataclass(frozen=True)
class Seed:
    """One token of a file."""

    line: int
    serial: str
    secret: bytes = field(repr=False)
    kind: str = "totp"
    digest: str = "sha1"
    digits: int = 6
    period: int = 30
    counter: int = 0


@dataclass(frozen=True)
class LineError:
    """What is wrong in which line."""

    line: int
    text: str | Promise


class _Wrong(Exception):
    """A value of a line can't be used; carries its sentence."""

    def __init__(self, text: str | Promise) -> None:
        super().__init__(text)
        self.text = text


def parse(text: str, *, pre_shared_key: bytes = b"") -> tuple[list[Seed], list[LineError]]:
    """Tokens and errors of a seed file, CSV or PSKC by its first letter."""
    if len(text) > MAX_CHARACTERS:
        return [], [LineError(1, _("The file is too large."))]
    text = text.lstrip("\ufeff \r\n\t")
    rows = _pskc_rows(text, pre_shared_key) if text.startswith("<") else _csv_rows(text)
    seeds, errors, seen = [], [], set()
    for line, read in rows:
        try:
            seed = read()
            if seed.serial in seen:
                raise _Wrong(_("This serial number stands twice in the file."))
            seen.add(seed.serial)
            seeds.append(seed)
        except _Wrong as wrong:
            errors.append(LineError(line, wrong.text))
    if not seeds and not errors:
        errors.append(LineError(1, _("The file holds no token.")))
    return seeds, errors


def decode(content: bytes) -> str:
    """The text of an uploaded file: UTF-8, else CP932. Raises UnicodeDecodeError."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp932")


Row = tuple[int, Callable[[], Seed]]


def _csv_rows(text: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text))
    names = {alias: name for name, aliases in HEADINGS.items() for alias in aliases}
    head = [names.get(unicodedata.normalize("NFKC", cell).strip().lower(), "") for cell in next(reader, [])]
    if not {"serial", "secret"} <= set(head):
        yield 1, _failing(_("The first line must name at least the columns serial and secret."))
        return
    for cells in reader:
        if any(cell.strip() for cell in cells):
            values = {name: cell.strip() for name, cell in zip(head, cells, strict=False) if name}
            yield reader.line_num, lambda line=reader.line_num, values=values: _seed(line, values)  # type: ignore[misc]


def _failing(text: str | Promise) -> Callable[[], Seed]:
    def fail() -> Seed:
        raise _Wrong(text)

    return fail


def _seed(line: int, values: dict[str, str]) -> Seed:
    secret = _secret(values.get("secret", ""), values.get("encoding", "").lower())
    return _checked(
        Seed(
            line,
            unicodedata.normalize("NFKC", values.get("serial", "")),
            secret,
            values.get("kind", "").lower() or "totp",
            values.get("digest", "").lower().replace("-", "").replace("hmac", "") or "sha1",
            _number(values.get("digits", ""), 6),
            _number(values.get("period", ""), 30),
            _number(values.get("counter", ""), 0),
        )
    )


def _checked(seed: Seed) -> Seed:
    rules: tuple[tuple[bool, str | Promise], ...] = (
        (0 < len(seed.serial) <= 40, _("The serial number is missing or longer than 40 letters.")),
        (MIN_SECRET <= len(seed.secret) <= MAX_SECRET, _("The secret must be 14 to 64 bytes long.")),
        (seed.kind in ("totp", "hotp"), _("The kind must be totp or hotp.")),
        (seed.digest in ("sha1", "sha256", "sha512"), _("The algorithm must be SHA1, SHA256 or SHA512.")),
        (seed.digits in (6, 7, 8), _("The number of digits must be 6, 7 or 8.")),
        (seed.period in (30, 60), _("The interval must be 30 or 60 seconds.")),
        (0 <= seed.counter < 2**62, _("The counter is not a number that can be used.")),
    )
    for holds, text in rules:
        if not holds:
            raise _Wrong(text)
    return seed


def _secret(text: str, encoding: str) -> bytes:
    text = text.replace(" ", "").replace("-", "") if encoding != "base64" else text
    is_hex = len(text) % 2 == 0 and all(ch in "0123456789abcdefABCDEF" for ch in text)
    try:
        if encoding == "hex" or (not encoding and is_hex):
            return bytes.fromhex(text)
        if encoding == "base64":
            return base64.b64decode(text, validate=True)
        if encoding in ("", "base32"):
            return base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    except (ValueError, binascii.Error):
        pass
    raise _Wrong(_("The secret can't be read. Write it in hexadecimal or base32."))


def _number(text: str, default: int) -> int:
    text = unicodedata.normalize("NFKC", text).strip()
    if not text:
        return default
    if not text.isdecimal() or len(text) > 18:
        raise _Wrong(_("Digits, interval and counter must be numbers."))
    return int(text)


def _pskc_rows(text: str, pre_shared_key: bytes) -> Iterator[Row]:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        yield 1, _failing(_("XML with a DOCTYPE is not read."))
        return
    try:
        root = ET.fromstring(text)  # noqa: S314  # nosec B314: no DOCTYPE, so no entities
    except (ET.ParseError, ValueError):
        yield 1, _failing(_("This is not a complete XML document."))
        return
    mac_key = _mac_key(root, pre_shared_key)
    for number, package in enumerate(root.iter(f"{PSKC}KeyPackage"), 1):
        yield number, lambda number=number, package=package: _package(number, package, pre_shared_key, mac_key)  # type: ignore[misc]


def _package(number: int, package: ET.Element, key: bytes, mac_key: bytes) -> Seed:
    node = package.find(f"{PSKC}Key")
    if node is None:
        raise _Wrong(_("The package holds no key."))
    algorithm = node.get("Algorithm", "").lower()
    kind = "hotp" if algorithm.endswith("hotp") else "totp" if algorithm.endswith("totp") else algorithm
    response = node.find(f"{PSKC}AlgorithmParameters/{PSKC}ResponseFormat")
    suite = (node.findtext(f"{PSKC}AlgorithmParameters/{PSKC}Suite") or "sha1").lower().replace("-", "")
    return _checked(
        Seed(
            number,
            (package.findtext(f"{PSKC}DeviceInfo/{PSKC}SerialNo") or node.get("Id") or "").strip(),
            _pskc_secret(node.find(f"{PSKC}Data/{PSKC}Secret"), key, mac_key),
            kind,
            suite.replace("hmac", ""),
            _number(response.get("Length", "") if response is not None else "", 6),
            _number(_plain(node, "TimeInterval"), 30),
            _number(_plain(node, "Counter"), 0),
        )
    )


def _plain(node: ET.Element, name: str) -> str:
    return node.findtext(f"{PSKC}Data/{PSKC}{name}/{PSKC}PlainValue") or ""


def _pskc_secret(node: ET.Element | None, key: bytes, mac_key: bytes) -> bytes:
    if node is None:
        raise _Wrong(_("The package holds no key."))
    plain = node.findtext(f"{PSKC}PlainValue")
    if plain is not None:
        return _b64(plain)
    sealed = node.find(f"{PSKC}EncryptedValue")
    if sealed is None:
        raise _Wrong(_("The package holds no key."))
    if not key:
        raise _Wrong(_("The file is encrypted: enter its pre-shared key."))
    value = _b64(sealed.findtext(f"{XENC}CipherData/{XENC}CipherValue") or "")
    expected = node.findtext(f"{PSKC}ValueMAC")
    if mac_key and (expected is None or _hmac_sha1(mac_key, value) != _b64(expected)):
        raise _Wrong(_("The pre-shared key does not fit, or the file was altered."))
    return _aes_cbc(key, value)


def _mac_key(root: ET.Element, key: bytes) -> bytes:
    node = root.findtext(f"{PSKC}MACMethod/{PSKC}MACKey/{XENC}CipherData/{XENC}CipherValue")
    if not key or node is None:
        return b""
    try:
        return _aes_cbc(key, _b64(node))
    except _Wrong:
        return b"wrong"  # the packages' MACs will not fit, and say so


def _aes_cbc(key: bytes, value: bytes) -> bytes:
    """RFC 6030 §6: 16 bytes IV before the cipher text."""
    try:
        decryptor = Cipher(algorithms.AES(key), modes.CBC(value[:16])).decryptor()
        padded = decryptor.update(value[16:]) + decryptor.finalize()
        unpadder = PKCS7(128).unpadder()
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError as error:
        raise _Wrong(_("The pre-shared key does not fit, or the file was altered.")) from error


def _hmac_sha1(key: bytes, value: bytes) -> bytes:
    mac = hmac.HMAC(key, hashes.SHA1())  # noqa: S303  # nosec B303: what RFC 6030 prescribes
    mac.update(value)
    return mac.finalize()


def _b64(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (ValueError, binascii.Error) as error:
        raise _Wrong(_("A value in the file is not base64.")) from error
