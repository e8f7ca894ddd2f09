// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title What a device signs: COSE's Sig_structure (RFC 9052 §4.4) of a message
library SigStructure {
    // 0x84 array(4), 0x6a "Signature1", 0x5838 bstr(56): A4, 1: alg -7 (ES256), 3: "fieldseal/1", 4: bstr(20)
    bytes private constant P256_HEAD =
        hex"846a5369676e6174757265315838a4012603"
        hex"6b6669656c647365616c2f310454";
    // As above with bstr(57) and alg -47 (ES256K)
    bytes private constant SECP256K1_HEAD =
        hex"846a5369676e6174757265315839a401382e03"
        hex"6b6669656c647365616c2f310454";
    // Label -65537: bstr(12) of key index and sequence
    bytes6 private constant COUNTERS = 0x3a000100004c;
    bytes2 private constant BSTR_32 = 0x5820;

    /// @notice SHA-256 of the Sig_structure.
    /// @param p256 Key type 2 (ES256); else 1 (ES256K)
    /// @param domain external_aad
    function digest(
        bool p256,
        address device,
        uint32 keyIndex,
        uint64 sequence,
        bytes32 domain,
        bytes32 messageRoot
    ) internal pure returns (bytes32) {
        return
            sha256(
                abi.encodePacked(
                    p256 ? P256_HEAD : SECP256K1_HEAD,
                    device,
                    COUNTERS,
                    keyIndex,
                    sequence,
                    BSTR_32,
                    domain,
                    BSTR_32,
                    messageRoot
                )
            );
    }
}
