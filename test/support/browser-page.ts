import {
  checkProofOffline,
  FieldsealError,
  messageDomain,
  parseProof,
  verifyProof,
} from "@fieldseal/sdk";
import { JsonRpcProvider } from "ethers";

/** What the page is asked, and answers; only text crosses into a browser and back. */
export type PageQuestion = {
  /** A proof file's text. */
  readonly proof: string;
  /** With it the chain is asked, without it nothing. */
  readonly rpc?: string;
  readonly registry: string;
  readonly log: string;
};
export type PageAnswer =
  | { readonly valid: true; readonly value: string }
  | { readonly code: string };

declare global {
  var verifyInPage: (question: PageQuestion) => Promise<PageAnswer>;
}

globalThis.verifyInPage = async ({ proof: text, rpc, registry, log }) => {
  try {
    const proof = parseProof(JSON.parse(text));
    if (rpc === undefined) {
      const domain = messageDomain(BigInt(proof.chainId), registry);
      const { signatureChecked } = checkProofOffline(proof, domain);
      if (!signatureChecked) return { code: "NOT_CHECKED" };
    } else {
      const provider = new JsonRpcProvider(rpc, proof.chainId, { staticNetwork: true });
      try {
        await verifyProof(proof, { provider, log });
      } finally {
        provider.destroy();
      }
    }
    return { valid: true, value: proof.reading.value };
  } catch (error) {
    if (error instanceof FieldsealError) return { code: error.code };
    return { code: String(error) };
  }
};
