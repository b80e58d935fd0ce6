"""Binary files that hold private keys or passwords: PKCS #12, Java key stores, KeePass databases, keys in DER.

Known by their first bytes, whatever they are called. A store that holds certificates alone is public.
"""

from __future__ import annotations

_KEEPASS = b"\x03\xd9\xa2\x9a"
_JAVA = (b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce")
_SEQUENCE = b"\x30"
# Object identifiers in DER: pkcs8ShroudedKeyBag and keyBag of PKCS #12, rsaEncryption, ecPublicKey.
_KEY_BAGS = (b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x02", b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x01")
_ALGORITHMS = (b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", b"\x2a\x86\x48\xce\x3d\x02\x01", b"\x2b\x65\x70")
_MOST_ENTRIES = 1_000
# Entries of a Java key store: a private key, a secret key; the others are trusted certificates.
_KEYS = (1, 3)


def store_of(content: bytes) -> str | None:
    """What kind of store it is, None when it is none, or holds nothing secret."""
    if content.startswith(_KEEPASS):
        return "a KeePass database"
    if content.startswith(_JAVA):
        return "a Java key store with a private key" if _has_private_entry(content) else None
    if not content.startswith(_SEQUENCE):
        return None
    body = content[2 + (content[1] & 0x7F if content[1:2] >= b"\x80" else 0) :][:64]
    if body[:3] == b"\x02\x01\x03":
        return "a PKCS #12 file with a private key" if any(bag in content for bag in _KEY_BAGS) else None
    is_pkcs8 = body[:3] == b"\x02\x01\x00" and any(algorithm in body for algorithm in _ALGORITHMS)
    is_pkcs1 = body[:4] in {b"\x02\x01\x00\x02", b"\x02\x01\x01\x04"}
    return "a private key in DER" if is_pkcs8 or is_pkcs1 else None


def _has_private_entry(content: bytes) -> bool:
    """True when an entry of a Java key store is a key; trusted certificates are public."""
    from struct import error, unpack_from  # noqa: PLC0415 - such files are rare

    try:
        version, count = unpack_from(">II", content, 4)
        position = 12
        for _ in range(min(count, _MOST_ENTRIES)):
            kind, alias = unpack_from(">IH", content, position)
            if kind in _KEYS:
                return True
            position += 6 + alias + 8  # and the date
            if version > 1:
                position += 2 + unpack_from(">H", content, position)[0]  # the type of the certificate
            position += 4 + unpack_from(">I", content, position)[0]
    except error:
        return True  # not understood: better said once too often
    return False
