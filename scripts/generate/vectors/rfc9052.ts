/**
 * RFC 9052 appendix C.2.1 (COSE_Sign1 with ECDSA) and its key from appendix C.7.1, as the RFC prints them;
 * the Sig_structure is section 4.4's with empty external_aad.
 */
export const rfc9052Vectors = [
  {
    name: "RFC 9052 C.2.1: single ECDSA signature",
    keyType: 2,
    key: "0xbac5b11cad8f99f9c72b05cf4b9e26d244dc189f745228255a219a86d6a09eff20138bf82dc1b6d562be0fa54ab7804a3a64b6d72ccfed6b6fb6ed28bbfc117e",
    secret: "0x57c92077664146e876760c9520d054aa93c3afb04e306705db6090308507b4d3",
    protected: "0xa10126",
    payload: "0x546869732069732074686520636f6e74656e742e",
    sigStructure: "0x846a5369676e61747572653143a101264054546869732069732074686520636f6e74656e742e",
    signature:
      "0x8eb33e4ca31d1c465ab05aac34cc6b23d58fef5c083106c4d25a91aef0b0117e2af9a291aa32e14ab834dc56ed2a223444547e01f11d3b0916e5a4c345cacb36",
    message:
      "0xd28443a10126a10442313154546869732069732074686520636f6e74656e742e58408eb33e4ca31d1c465ab05aac34cc6b23d58fef5c083106c4d25a91aef0b0117e2af9a291aa32e14ab834dc56ed2a223444547e01f11d3b0916e5a4c345cacb36",
  },
];
