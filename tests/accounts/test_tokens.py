"""Hardware tokens: seed files, assignment, activation, codes, drift."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac

import pytest
import time_machine
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.core.exceptions import ValidationError

from secdesk.accounts import totp
from secdesk.accounts.models import HardwareToken
from secdesk.accounts.services import tokens
from secdesk.accounts.services.token_import import ImportRefused, import_tokens, look_at
from secdesk.accounts.token_files import parse
from secdesk.core.ledger.models import LedgerDetails
from secdesk.core.people.models import Person
from tests.login import give_token

SECRET = b"12345678901234567890"  # RFC 4226 appendix D, RFC 6238 appendix B
SECRET_32 = b"12345678901234567890123456789012"
START = dt.datetime(2026, 12, 1, 0, 0, tzinfo=dt.UTC)


def test_rfc_4226_appendix_d() -> None:
    assert [totp.code_at(SECRET, counter) for counter in range(4)] == ["755224", "287082", "359152", "969429"]


@pytest.mark.parametrize(
    ("moment", "digest", "secret", "code"),
    [
        (59, "sha1", SECRET, "94287082"),
        (1111111109, "sha1", SECRET, "07081804"),
        (20000000000, "sha1", SECRET, "65353130"),
        (59, "sha256", SECRET_32, "46119246"),
        (1234567890, "sha256", SECRET_32, "91819424"),
    ],
)
def test_rfc_6238_appendix_b(moment: int, digest: str, secret: bytes, code: str) -> None:
    assert totp.code_at(secret, totp.step_at(moment), digits=8, digest=digest) == code


def make(by: Person, **values: str) -> HardwareToken:
    row = {"serial": "A-0001", "secret": SECRET.hex()} | values
    import_tokens(",".join(row) + "\n" + ",".join(row.values()) + "\n", by=by)
    return HardwareToken.objects.get(serial=row["serial"])


def shown(token: HardwareToken, step: int) -> str:
    return totp.code_at(token.secret(), step, digits=token.digits, digest=token.digest)


def now_step(token: HardwareToken) -> int:
    return totp.step_at(dt.datetime.now(dt.UTC).timestamp(), token.period)


def hand_over(token: HardwareToken, owner: Person, by: Person, step: int) -> None:
    tokens.assign_token(token, to=owner, by=by)
    tokens.activate_token(token, code=shown(token, step), by=owner)


def test_assigning_alone_opens_nothing(cast: dict[str, Person]) -> None:
    token = make(cast["office"])
    tokens.assign_token(token, to=cast["csirt"], by=cast["office"])
    assert tokens.use_token(cast["csirt"], shown(token, now_step(token))) is None
    with pytest.raises(totp.InvalidCode):  # nobody activates somebody else's
        tokens.activate_token(token, code=shown(token, now_step(token)), by=cast["office"])


def test_a_number_works_once(cast: dict[str, Person]) -> None:
    token = give_token(cast["csirt"])
    code = shown(token, now_step(token) + 1)
    assert tokens.use_token(cast["csirt"], code) == token
    assert tokens.use_token(cast["csirt"], code) is None
    assert tokens.use_token(cast["csirt"], shown(token, now_step(token))) is None  # an older step


@pytest.mark.parametrize("period", ["30", "60"])
def test_drift_is_kept(cast: dict[str, Person], period: str) -> None:
    with time_machine.travel(START, tick=False) as clock:
        token = make(cast["office"], period=period)
        hand_over(token, cast["csirt"], cast["office"], now_step(token))
        for slow in range(1, 6):  # a device that loses a step a month
            clock.shift(30 * 86_400)
            assert tokens.use_token(cast["csirt"], shown(token, now_step(token) - slow)) is not None
            token.refresh_from_db()
            assert token.drift == -slow
        clock.shift(86_400)
        assert tokens.use_token(cast["csirt"], shown(token, now_step(token) + 1)) is None


def test_button_token_looks_ahead_and_never_back(cast: dict[str, Person]) -> None:
    token = make(cast["office"], kind="hotp", counter="5")
    hand_over(token, cast["csirt"], cast["office"], 5)
    assert tokens.use_token(cast["csirt"], shown(token, 9)) is not None
    assert tokens.use_token(cast["csirt"], shown(token, 8)) is None
    assert tokens.use_token(cast["csirt"], shown(token, 30)) is None
    token.refresh_from_db()
    tokens.resynchronise_token(token, first=shown(token, 40), second=shown(token, 41), by=cast["office"])
    assert tokens.use_token(cast["csirt"], shown(token, 41)) is None
    assert tokens.use_token(cast["csirt"], shown(token, 42)) is not None


def test_clock_is_set_right_by_two_numbers_in_a_row(cast: dict[str, Person]) -> None:
    with time_machine.travel(START, tick=False) as clock:
        token = make(cast["office"])
        hand_over(token, cast["csirt"], cast["office"], now_step(token))
        clock.shift(400 * 86_400)
        late = now_step(token) - 50
        assert tokens.use_token(cast["csirt"], shown(token, late)) is None
        with pytest.raises(totp.InvalidCode):
            tokens.resynchronise_token(token, first=shown(token, late), second=shown(token, late), by=cast["office"])
        tokens.resynchronise_token(token, first=shown(token, late), second=shown(token, late + 1), by=cast["office"])
        assert tokens.use_token(cast["csirt"], shown(token, late + 2)) is not None


def test_returned_token_serves_the_next_person(cast: dict[str, Person]) -> None:
    token = give_token(cast["csirt"])
    epoch = Person.objects.get(pk=cast["csirt"].pk).session_epoch
    tokens.return_token(token, by=cast["office"])
    assert Person.objects.get(pk=cast["csirt"].pk).session_epoch == epoch + 1
    tokens.assign_token(token, to=cast["auditor"], by=cast["office"])
    tokens.activate_token(token, code=shown(token, now_step(token) + 1), by=cast["auditor"])
    assert tokens.use_token(cast["csirt"], shown(token, now_step(token) + 1)) is None
    with pytest.raises(ValidationError):
        tokens.assign_token(token, to=cast["csirt2"], by=cast["office"])


def test_retired_token_is_dead(cast: dict[str, Person]) -> None:
    token = give_token(cast["csirt"])
    tokens.retire_token(token, by=cast["office"])
    assert tokens.use_token(cast["csirt"], shown(token, now_step(token) + 1)) is None
    with pytest.raises(ValidationError):
        tokens.retire_token(token, by=cast["office"])


def test_all_or_nothing_with_lines(cast: dict[str, Person]) -> None:
    make(cast["office"], serial="OLD")
    good = base64.b32encode(SECRET).decode()
    text = (
        "製造番号,シード,間隔,桁数\n"
        f"B-1,{good},60,8\n"
        f"OLD,{good},30,6\n"
        "B-2,xyz!,30,6\n"
        f"B-3,{good},45,6\n"
        f"B-1,{good},30,6\n"
        f",{good},30,6\n"
        f"B-4,{good},30,５x\n"
    )
    found = look_at(text)
    assert [error.line for error in found.errors] == [3, 4, 5, 6, 7, 8]
    with pytest.raises(ImportRefused) as refused:
        import_tokens(text, by=cast["office"])
    assert len(refused.value.errors) == 6
    assert HardwareToken.objects.count() == 1


def test_csv_as_spreadsheets_write_it(cast: dict[str, Person]) -> None:
    import_tokens(f"\ufeffSerial,Secret,Digits\r\n\r\n００１,{SECRET.hex()},８\r\n", by=cast["office"])
    token = HardwareToken.objects.get()
    assert (token.serial, token.digits, token.secret()) == ("001", 8, SECRET)
    assert SECRET.hex() not in "".join(LedgerDetails.objects.values_list("content", flat=True))


PSKC = """<?xml version="1.0" encoding="UTF-8"?>
<pskc:KeyContainer Version="1.0" xmlns:pskc="urn:ietf:params:xml:ns:keyprov:pskc"
  xmlns:xenc="http://www.w3.org/2001/04/xmlenc#">{mac}
  <pskc:KeyPackage>
    <pskc:DeviceInfo><pskc:SerialNo>987654321</pskc:SerialNo></pskc:DeviceInfo>
    <pskc:Key Id="12345678" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:{kind}">
      <pskc:AlgorithmParameters><pskc:ResponseFormat Length="8" Encoding="DECIMAL"/></pskc:AlgorithmParameters>
      <pskc:Data>
        <pskc:Secret>{secret}</pskc:Secret>
        <pskc:Counter><pskc:PlainValue>7</pskc:PlainValue></pskc:Counter>
        <pskc:TimeInterval><pskc:PlainValue>60</pskc:PlainValue></pskc:TimeInterval>
      </pskc:Data>
    </pskc:Key>
  </pskc:KeyPackage>
</pskc:KeyContainer>"""
PLAIN = f"<pskc:PlainValue>{base64.b64encode(SECRET).decode()}</pskc:PlainValue>"


def test_pskc_in_plain() -> None:
    seeds, errors = parse(PSKC.format(mac="", kind="hotp", secret=PLAIN))
    assert errors == []
    (seed,) = seeds
    assert (seed.serial, seed.secret, seed.kind, seed.digits, seed.counter) == ("987654321", SECRET, "hotp", 8, 7)
    seeds, _ = parse(PSKC.format(mac="", kind="totp", secret=PLAIN))
    assert (seeds[0].kind, seeds[0].period) == ("totp", 60)


def sealed(key: bytes, value: bytes) -> str:
    iv, pad = bytes(range(16)), 16 - len(value) % 16
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return base64.b64encode(iv + encryptor.update(value + bytes([pad]) * pad) + encryptor.finalize()).decode()


def cipher_value(text: str) -> str:
    return f"<xenc:CipherData><xenc:CipherValue>{text}</xenc:CipherValue></xenc:CipherData>"


def encrypted_pskc(key: bytes) -> str:
    mac_key, value = b"m" * 20, sealed(key, SECRET)
    mac = base64.b64encode(hmac.new(mac_key, base64.b64decode(value), hashlib.sha1).digest()).decode()
    method = f"<pskc:MACMethod><pskc:MACKey>{cipher_value(sealed(key, mac_key))}</pskc:MACKey></pskc:MACMethod>"
    secret = f"<pskc:EncryptedValue>{cipher_value(value)}</pskc:EncryptedValue><pskc:ValueMAC>{mac}</pskc:ValueMAC>"
    return PSKC.format(mac=method, kind="totp", secret=secret)


def test_pskc_under_a_pre_shared_key() -> None:
    key = bytes.fromhex("12345678901234567890123456789012")  # the key of RFC 6030 §6.1
    seeds, errors = parse(encrypted_pskc(key), pre_shared_key=key)
    assert errors == []
    assert seeds[0].secret == SECRET


@pytest.mark.parametrize("key", [b"", b"x" * 16, b"short"])
def test_pskc_with_another_key_is_refused(key: bytes) -> None:
    seeds, errors = parse(encrypted_pskc(b"k" * 16), pre_shared_key=key)
    assert seeds == []
    assert len(errors) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<",
        "<a/>",
        "serial\n1\n",
        '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        '<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        "\0",
    ],
)
def test_odd_files_are_refused_with_a_sentence(text: str) -> None:
    seeds, errors = parse(text)
    assert seeds == []
    assert [str(error.text) for error in errors if str(error.text)]
