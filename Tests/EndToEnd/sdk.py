"""Amazon's own AWS Encryption SDK as the other side: opens what cairn wrote, writes what cairn is to open."""

import aws_encryption_sdk
from aws_encryption_sdk import CommitmentPolicy
from aws_encryption_sdk.identifiers import Algorithm, EncryptionKeyType, WrappingAlgorithm
from aws_encryption_sdk.internal.crypto.wrapping_keys import WrappingKey
from aws_encryption_sdk.key_providers.raw import RawMasterKeyProvider

CLIENT = aws_encryption_sdk.EncryptionSDKClient(
    commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT, max_encrypted_data_keys=1)


def provider(keys):
    """A provider of raw AES keys: bytes by name."""

    class Provider(RawMasterKeyProvider):
        provider_id = "cairn"

        def _get_raw_key(self, key_id):
            name = key_id.decode() if isinstance(key_id, bytes) else key_id
            return WrappingKey(
                wrapping_algorithm=WrappingAlgorithm.AES_256_GCM_IV12_TAG16_NO_PADDING, wrapping_key=keys[name],
                wrapping_key_type=EncryptionKeyType.SYMMETRIC)

    made = Provider()
    for name in keys:
        made.add_master_key(name)
    return made


def opened(message, keys):
    """Content and encryption context of a message."""
    content, header = CLIENT.decrypt(source=message, key_provider=provider(keys))
    assert header.algorithm == Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY
    return content, header.encryption_context


def written(content, name, key, context, frame_length):
    message, _ = CLIENT.encrypt(
        source=content, key_provider=provider({name: key}), encryption_context=context, frame_length=frame_length,
        algorithm=Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY)
    return message


if __name__ == "__main__":
    # For the Swift tests: sdk.py open|write FOLDER NAME HEX-KEY; opens FOLDER/*.message into *.opened, or writes *.content
    # into *.message, each with the frame length that its name begins with.
    import pathlib
    import sys

    mode, folder, name, key = sys.argv[1:]
    for file in sorted(pathlib.Path(folder).glob("*.message" if mode == "open" else "*.content")):
        if mode == "open":
            file.with_suffix(".opened").write_bytes(opened(file.read_bytes(), {name: bytes.fromhex(key)})[0])
        else:
            frame = int(file.name.split("-")[0])
            message = written(file.read_bytes(), name, bytes.fromhex(key), {"purpose": "test"}, frame)
            file.with_suffix(".message").write_bytes(message)
