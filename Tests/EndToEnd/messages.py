"""Reads encrypted log files by the published description of the AWS Encryption SDK's message format, version 2.

Shares no code with cairn nor with the SDK: Python's cryptography package gives AES-GCM and HKDF.
"""

import hmac
import struct

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def derive(key, salt, info):
    return HKDF(algorithm=hashes.SHA512(), length=32, salt=salt, info=info).derive(key)


class Message:
    """A message: its header is read, its frames wait for the key."""

    def __init__(self, stored):
        self.stored, self.at = stored, 0
        assert self.take(3) == b"\x02\x04\x78", "not version 2, suite 0x0478"
        self.id = self.take(32)
        self.aad = self.take(self.number(2))
        self.context, place = {}, 2
        for _ in range(struct.unpack_from(">H", self.aad)[0] if self.aad else 0):
            pair = []
            for _ in range(2):
                (count,) = struct.unpack_from(">H", self.aad, place)
                pair.append(self.aad[place + 2:place + 2 + count].decode())
                place += 2 + count
            self.context[pair[0]] = pair[1]
        assert self.number(2) == 1, "one wrapped key"
        self.provider, self.info, self.wrapped = (self.take(self.number(2)) for _ in range(3))
        self.key_name = self.info[:-20].decode()
        assert self.provider == b"cairn" and self.info[-20:-12] == b"\0\0\0\x80\0\0\0\x0c"
        assert self.number(1) == 2, "framed"
        self.frame_length = self.number(4)
        self.commitment = self.take(32)
        self.head, self.tag = stored[:self.at], self.take(16)

    def take(self, count):
        piece = self.stored[self.at:self.at + count]
        assert len(piece) == count, "cut off"
        self.at += count
        return piece

    def number(self, count):
        return int.from_bytes(self.take(count), "big")

    def open(self, key):
        data_key = AESGCM(key).decrypt(self.info[-12:], self.wrapped, self.aad)
        assert hmac.compare_digest(derive(data_key, self.id, b"COMMITKEY"), self.commitment)
        cipher = AESGCM(derive(data_key, self.id, b"\x04\x78DERIVEKEY"))
        cipher.decrypt(bytes(12), self.tag, self.head)
        content, expected = [], 1
        while True:
            number = self.number(4)
            is_final = number == 0xFFFFFFFF
            if is_final:
                number = self.number(4)
            nonce = self.take(12)
            count = self.number(4) if is_final else self.frame_length
            assert number == expected and nonce == bytes(8) + number.to_bytes(4, "big")
            text = b"AWSKMSEncryptionClient Final Frame" if is_final else b"AWSKMSEncryptionClient Frame"
            aad = self.id + text + number.to_bytes(4, "big") + count.to_bytes(8, "big")
            content.append(cipher.decrypt(nonce, self.take(count + 16), aad))
            expected += 1
            if is_final:
                assert self.at == len(self.stored), "bytes behind the end"
                return b"".join(content)
