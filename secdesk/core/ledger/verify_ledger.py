#!/usr/bin/env python3
"""Verify an exported ledger of the desk. Needs Python 3.11 and nothing else: not the desk, no library.

台帳の書き出しを検証します。Python 3.11 だけで動き、本システムのプログラムもライブラリーも使いません。

EXPORT       file of `manage.py export_ledger`, or of the ledger page           台帳の書き出し
PUBLIC_KEY   the key as text (name+hash+base64), or a file with one a line      公開鍵
CHECKPOINTS  files or folders kept outside the desk (folder, mails as .eml)     庁外・別装置に保管した封印値
--at SIZE    also print the root after SIZE entries, to compare with a sheet    紙の封印値と比べる値を表示

Exit code 終了コード: 0 intact 異常なし · 1 altered 改変あり · 2 cannot be read 検証できません ·
3 intact as far as it goes, but without outside checkpoints 外部の封印値がないため巻き戻しは確認できません
"""

import argparse
import base64
import hashlib
import json
import re
import sys
from datetime import datetime, timedelta
from email import message_from_bytes
from itertools import accumulate
from pathlib import Path

SAY = {
    "edited": "EDITED: entries {0} / 改変: 記録 {0} が書き換えられています",
    "deleted": "DELETED: entries at places {0} / 削除: {0}番目の記録がありません",
    "inserted": "INSERTED: entries {0} / 挿入: 記録 {0} は後から入れられたものです",
    "swapped": "SWAPPED: entries {0} / 入替え: 記録 {0} の順番が入れ替えられています",
    "cut": "TAIL CUT: the last {0} entries are missing / 末尾の切取り: 最後の{0}件がありません",
    "rolled": "ROLLED BACK to an older copy after entry {0} (or its tail cut off exactly at a checkpoint). Is the export older than the checkpoints? Then export again / 巻き戻し: {0}番目より後が古い写しに戻されています(封印の切れ目での切取りを含む)。書き出しが封印値より古い場合は、書き出し直してください",
    "altered": "ALTERED: entries {0} to {1} do not fit checkpoint {1}: edited, deleted, inserted or swapped / 改変: {0}番目から{1}番目までが封印値 {1} と合いません(改変・削除・挿入・入替えのいずれか)",
    "dated": "INSERTED: entry {0} is dated {1} but came after later ones / 挿入: 記録 {0} の日時は {1} ですが、より新しい記録の後に書かれています",
    "details edited": "EDITED: the details of entry {0} / 改変: 記録 {0} の内容が書き換えられています",
    "details gone": "DELETED: the details of entries {0}, and no sealed disposal says so / 削除: 記録 {0} の内容が、封印された廃棄の記録なしに消されています",
    "overdrawn": "DELETED: disposal {0} is of {1} details, but {2} are gone / 削除: 廃棄の記録 {0} は{1}件ですが、{2}件の内容が消されています",
    "other key": "OTHER KEY: outside checkpoint {0} is not signed by the given key: wrong key given, or forged / 鍵の不一致: 外部の封印値 {0} は指定の公開鍵の署名ではありません(鍵の誤り、または偽造)",
    "rebuilt": "RE-BUILT WITH OTHER KEYS: {0} checkpoints of the ledger are not signed by the given key / 別の鍵による作り直し: 台帳内の封印値{0}件が指定の公開鍵の署名ではありません",
    "unaccounted": "ROLLED BACK: epoch {0} does not account for checkpoint {1} / 巻き戻し: 第{0}期の記録が封印値 {1} に触れていません",
    "unsigned": "ROLLED BACK: epoch {0} is not signed. {1} / 巻き戻し: 第{0}期に署名がありません。{1}",
    "epoch": "epoch {0} began by a restore. {1} / 第{0}期は復元により始まりました。{1}",
    "disposed": "disposed, not altered: details of {0} entries ({1}) / 廃棄済み(改変ではありません): {0}件の内容({1})",
    "foreign": "checkpoint {0} is of another ledger / 封印値 {0} は別の台帳のものです",
    "withheld": "{0} entries withheld by the export, only their seals were checked / 非公開の{0}件は封印だけを検証しました",
    "blind": "no outside checkpoints: a roll-back cannot be checked / 外部の封印値がないため、巻き戻しは確認できません",
    "open": "{0} entries not yet witnessed by an outside checkpoint / 外部の封印値でまだ確認できない記録: {0}件",
}

# Ed25519 (RFC 8032): signature check with tables of multiples, about 0.3 ms each
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ZERO = (0, 1, 1, 0)


def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * D * p[3] * q[3] % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def point(raw):
    y = int.from_bytes(raw, "little") & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if (x * x - square) % P == 0 else x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or y >= P or (x == 0 and raw[31] >> 7):
        raise ValueError("not a point of the curve")
    x = P - x if x & 1 != raw[31] >> 7 else x
    return x, y, 1, x * y % P


def table(p):
    """Multiples 0 to 255 of p, of 256 p, of 65536 p …: a factor is then added up byte by byte."""
    rows = []
    for _ in range(32):
        rows.append(list(accumulate([p] * 255, add, initial=ZERO)))
        p = add(rows[-1][-1], p)
    return rows


BASE = table(point((4 * pow(5, -1, P) % P).to_bytes(32, "little")))


class Key:
    def __init__(self, vkey):
        self.name, self.hash, encoded = vkey.strip().split("+", 2)
        self.raw = base64.b64decode(encoded, validate=True)
        digest = hashlib.sha256(self.name.encode() + b"\n" + self.raw).hexdigest()
        if len(self.raw) != 33 or self.raw[0] != 1 or digest[:8] != self.hash:
            raise ValueError("not a key of the form name+hash+base64")
        x, y, z, t = point(self.raw[1:])
        self.minus = table((P - x, y, z, P - t))

    def signed(self, body, blob):
        s = int.from_bytes(blob[36:], "little")
        k = int.from_bytes(hashlib.sha512(blob[4:36] + self.raw[1:] + body).digest(), "little") % L
        total = ZERO
        for rows, number in ((BASE, s), (self.minus, k)):
            for row, digit in zip(rows, number.to_bytes(32, "little"), strict=True):
                total = add(total, row[digit]) if digit else total
        inverse = pow(total[2], -1, P)
        x, y = total[0] * inverse % P, total[1] * inverse % P
        return s < L and blob[:36] == bytes.fromhex(self.hash) + (y | (x & 1) << 255).to_bytes(32, "little")


# Checkpoints are C2SP signed notes; leaf lines beside them say which entry was changed.
NOTE = re.compile(r"^([^\s+]+)/(\d+)\n(\d+)\n([A-Za-z0-9+/]{43}=)\n(?:\S.*\n)*\n((?:— \S+ \S+\n?)+)", re.MULTILINE)
SIGNATURE = re.compile(r"^— (\S+) ([A-Za-z0-9+/]{91}=)$", re.MULTILINE)
LEAF = re.compile(r"^leaf (\d+) (\d+) ([0-9a-f]{64})$", re.MULTILINE)


class Note:
    def __init__(self, match, keys):
        self.name, self.epoch, self.size = match[1], int(match[2]), int(match[3])
        self.root, self.label = base64.b64decode(match[4]), f"{match[1]}/{match[2]} {match[3]}"
        body = (match[0].split("\n\n")[0] + "\n").encode()
        blobs = [base64.b64decode(text) for name, text in SIGNATURE.findall(match[5]) if name == self.name]
        self.valid = any(key.signed(body, blob) for key in keys if key.name == self.name for blob in blobs)


class Tree:
    """RFC 6962, kept as the roots of its perfect subtrees."""

    def __init__(self, wanted):
        self.size, self.peaks, self.wanted, self.roots = 0, [], wanted, {}

    def append(self, node):
        bits = self.size
        while bits & 1:
            node = hashlib.sha256(b"\x01" + self.peaks.pop() + node).digest()
            bits >>= 1
        self.peaks.append(node)
        self.size += 1
        if self.size in self.wanted:
            root = self.peaks[-1]
            for peak in self.peaks[-2::-1]:
                root = hashlib.sha256(b"\x01" + peak + root).digest()
            self.roots[self.size] = root


def leaf_of(row):
    """Leaf hash by the entry's own text; None when the entry is gone."""
    if "withheld" in row:
        return bytes.fromhex(row["leaf"])
    return hashlib.sha256(b"\x00" + row["entry"].encode()).digest() if "entry" in row else None


class Verifier:
    def __init__(self, export, keys, outside_texts, sheet_size):
        self.export, self.keys, self.name, self.texts = export, keys, keys[0].name, outside_texts
        self.outside = [Note(match, keys) for text in outside_texts for match in NOTE.finditer(text)]
        self.sheet_size, self.tree = sheet_size, Tree({note.size for note in self.outside} | {sheet_size})
        self.alarms, self.remarks, self.inside, self.epochs, self.disposals, self.disposed = [], [], [], {}, {}, []
        self.ahead, self.wrong, self.right = [], [], []  # signed notes: beyond the end, not fitting, fitting
        self.witnessed = self.withheld = self.waiting = self.changed = 0

    def alarm(self, what, *values):
        self.alarms.append(SAY[what].format(*values))

    def alarm_each(self, what, items):
        if items:
            self.alarm(what, ", ".join(map(str, items[:20])) + (f" … ({len(items)})" if len(items) > 20 else ""))

    def rows(self):
        with open(self.export, encoding="utf-8") as lines:
            if json.loads(next(lines))["ledger"] != self.name:
                raise ValueError("export and key are of different ledgers / 書き出しと公開鍵の台帳が異なります")
            yield from map(json.loads, lines)

    def read(self):
        """First pass: every hash, every root."""
        highest_id, highest_at = -(2**63), ""
        for row in self.rows():
            if "checkpoint" in row:
                self.inside += [Note(match, self.keys) for match in NOTE.finditer(row["checkpoint"])]
                self.tree.wanted.add(self.inside[-1].size)
                continue
            node, leaf, entry = leaf_of(row), row.get("leaf"), row.get("entry")
            self.withheld += "withheld" in row
            self.waiting += leaf is None
            if leaf is not None:
                if row["i"] < self.tree.size:
                    raise ValueError("places out of order / 順番が正しくありません")
                self.changed |= row["i"] != self.tree.size or node is None or node.hex() != leaf
                self.tree.append(node) if node else None
            if entry:
                self.read_details(row, entry)
                at = entry[entry.find('"at":"') + 6 :][:26]
                if row["id"] > highest_id:
                    highest_id, highest_at = row["id"], max(at, highest_at)
                elif datetime.fromisoformat(highest_at) - datetime.fromisoformat(at) > timedelta(hours=1):
                    self.alarm("dated", row["id"], at)

    def read_details(self, row, entry):
        number, details = row["id"], row.get("details")
        digest = hashlib.sha256(bytes.fromhex(row.get("salt", "")) + (details or "").encode()).hexdigest()
        if details is None:
            self.disposed.append((number, row.get("i", 2**63), row.get("disposal")))
        elif f'"details_hash":"{digest}"' not in entry:
            self.alarm("details edited", number)
        elif '"event":"ledger.epoch_begun"' in entry and "i" in row:
            facts = json.loads(details)["facts"]
            self.epochs[facts["number"]] = facts | {"i": row["i"], "at": json.loads(entry)["at"]}
        elif '"event":"ledger.details_disposed"' in entry and "i" in row:
            self.disposals[number] = json.loads(details)["facts"] | {"i": row["i"]}

    def judge(self):
        """Every checkpoint against the tree, every epoch against what it claims."""
        for note in self.outside:
            if note.name != self.name:
                self.remarks.append(SAY["foreign"].format(note.label))
            elif not note.valid:
                self.alarm("other key", note.label)
            elif self.place(note):
                self.witnessed = max(self.witnessed, note.size)
        genuine = [self.place(note) for note in self.inside if note.valid]
        if len(genuine) < len(self.inside):
            self.alarm("rebuilt", len(self.inside) - len(genuine))
        for number, facts in sorted(self.epochs.items()):
            text = f"{facts['at']}: {facts['lost']} ({facts['decided_by']}; {facts['last_epoch']}/{facts['last_size']})"
            signed = any(note.epoch == number and note.size > facts["i"] for note in self.right)
            text = SAY["epoch" if signed else "unsigned"].format(number, text)
            (self.remarks if signed else self.alarms).append(text)
        self.judge_disposals()
        if self.wrong or self.ahead or self.changed:
            self.name_changes()

    def judge_disposals(self):
        """Lawful is what a disposal under a fitting checkpoint names: entries before it, no more than it counts."""
        signed, lawful = max((note.size for note in self.right), default=0), set()
        for number, facts in self.disposals.items():
            ranges = [(first, min(last, facts["i"] - 1)) for first, last in facts["ranges"] if facts["i"] < signed]
            named = [(entry, index) for entry, index, disposal in self.disposed if disposal == number]
            found = {entry for entry, index in named if any(first <= index <= last for first, last in ranges)}
            lawful |= found
            self.remarks.append(SAY["disposed"].format(len(found), facts["decided_by"]))
            if len(found) > facts["count"]:
                self.alarm("overdrawn", number, facts["count"], len(found))
        self.alarm_each("details gone", [entry for entry, _, _ in self.disposed if entry not in lawful])

    def place(self, note):
        """Whether the tree fits the note; files it where it belongs. A lawful restore accounts for what it lost."""
        later = [self.epochs[number] for number in sorted(self.epochs) if number > note.epoch]
        if later and note.size > later[0]["first_index"]:
            last, mine = (later[0]["last_epoch"], later[0]["last_size"]), (note.epoch, note.size)
            if mine > last or (mine == last and note.root.hex() != later[0]["last_root"]):
                self.alarm("unaccounted", later[0]["number"], note.label)
            return False
        ahead = note.size > self.tree.size or note.epoch > max(self.epochs, default=1)
        fits = not ahead and self.tree.roots.get(note.size) == note.root
        (self.ahead if ahead else self.right if fits else self.wrong).append(note)
        return fits

    def name_changes(self):
        """Second pass, only when something is wrong: what was sealed (leaf lines, else seals) beside what is."""
        leaves = [leaf for text in self.texts for leaf in LEAF.findall(text)]
        hints = {(int(epoch), int(index)): bytes.fromhex(leaf) for epoch, index, leaf in leaves}

        def hint(index):
            epochs = (number for number, facts in self.epochs.items() if facts["first_index"] <= index)
            return hints.get((max(epochs, default=1), index))

        expected, actual, place = [], [], 0  # (leaf hash, is it certain), (leaf hash, entry id, has it a seal)
        for row in self.rows():
            node, leaf = leaf_of(row), row.get("leaf")
            if leaf is not None:
                expected += [(hint(index) or b"", True) for index in range(place, row["i"])]  # seals taken out
                known, place = hint(row["i"]), row["i"] + 1
                expected.append((known or bytes.fromhex(leaf), bool(known) or node is None))
            actual += [(node, row.get("id"), leaf is not None)] if node else []
        while known := hint(len(expected)):
            expected.append((known, True))
        witness = Tree({note.size for note in self.wrong + self.ahead})
        for node, _ in expected:
            witness.append(node)
        explained = self.compare(expected, actual)
        unfit = [note for note in self.wrong + self.ahead if witness.roots.get(note.size) != note.root]
        if unfit and not explained:
            size = min(note.size for note in unfit)
            below = max((note.size for note in self.right if note.size < size), default=0)
            self.alarm("altered", below + 1, size)

    def compare(self, expected, actual):
        """Walk both lists; returns whether a roll-back or a cut explains every checkpoint that does not fit."""
        known, present = {node for node, _ in expected}, {node for node, _, _ in actual}
        found, e, a = {"edited": [], "deleted": [], "inserted": [], "swapped": []}, 0, 0
        while e < len(expected) and a < len(actual):
            node, number, sealed = actual[a]
            step_e = step_a = True
            if node != expected[e][0]:
                lost, new = expected[e][0] not in present, node not in known
                step_e, step_a = lost or not new, (new and (sealed or not lost)) or not (lost or new)
                what = ("edited" if step_a else "deleted") if lost else "inserted" if new else "swapped"
                found[what].append(e + 1 if what == "deleted" else number)
            e, a = e + step_e, a + step_a
        tail = sum(certain for _, certain in expected[e:])
        found["inserted"] += [number for node, number, sealed in actual[a:] if sealed and node not in known]
        size = sum(sealed for _, _, sealed in actual)
        sizes = [min((note.size for note in self.wrong), default=2**63), *(note.size for note in self.right)]
        forked = max(sizes[1:], default=0) >= sizes[0]  # our key signed two histories
        missing = bool(tail or (self.ahead and not self.wrong and not any(found.values())))
        if forked or (missing and size == max((note.size for note in self.inside), default=0)):
            self.alarm("rolled", min([self.witnessed, sizes[0] - 1]))
        elif missing:
            self.alarm("cut", tail or "?")
        for what, items in found.items() if not forked else ():
            self.alarm_each(what, items)
        return forked or missing

    def report(self):
        self.read()
        self.judge()
        print(f"{self.name}: {self.tree.size + self.waiting} entries, {len(self.outside)} outside checkpoints")
        if self.sheet_size:
            print(f"root after {self.sheet_size}: {self.tree.roots.get(self.sheet_size, b'').hex() or '-'}")
        open_count = self.tree.size - self.witnessed + self.waiting
        self.remarks += [SAY["withheld"].format(self.withheld)] if self.withheld else []
        self.remarks += [SAY["open" if self.outside else "blind"].format(open_count)] if open_count else []
        for mark, items in (("NOTE ", self.remarks), ("ALARM", self.alarms)):
            for item in items:
                print(mark, item.replace(" / ", "\n      ", 1))
        code = 1 if self.alarms else 0 if self.witnessed else 3
        print({0: "OK: intact 異常なし", 1: "ALTERED 改変あり", 3: "OK as far as it goes 巻き戻し以外は異常なし"}[code])
        return code


def text_of(file):
    content = file.read_bytes()
    if file.suffix == ".eml":  # a saved mail: its parts decoded
        content = b"\n".join(part.get_payload(decode=True) or b"" for part in message_from_bytes(content).walk())
    return content.decode("utf-8", errors="replace").replace("\r\n", "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("export", type=Path)
    parser.add_argument("public_key")
    parser.add_argument("checkpoints", nargs="*", type=Path)
    parser.add_argument("--at", type=int, default=0, metavar="SIZE")
    given = parser.parse_args()
    is_file = Path(given.public_key).is_file()
    keys = Path(given.public_key).read_text("utf-8").split() if is_file else [given.public_key]
    files = [file for place in given.checkpoints for file in (place.rglob("*") if place.is_dir() else [place])]
    texts = [text_of(file) for file in files if not file.is_dir()]
    return Verifier(given.export, [Key(key) for key in keys], texts, given.at).report()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (OSError, ValueError, KeyError, IndexError, StopIteration) as error:
        print(f"cannot be verified 検証できません: {type(error).__name__} {error}")
        sys.exit(2)
