import type { Hex } from "../chain/types.ts";
import type { SessionTokens } from "./session-tokens.ts";
import { type SignInOptions, signIn } from "./sign-in.ts";

/** A session as its account gets it. */
type Session = { readonly token: string; readonly address: Hex; readonly expires: number };

/** Signing in with Ethereum. */
export type Sessions = {
  /** What a message to sign must say. */
  challenge(): {
    readonly nonce: string;
    readonly domain: string;
    readonly chainId: number;
    readonly expires: number;
  };
  /** @throws as `signIn` */
  open(message: string, signature: string): Promise<Session>;
};

export function createSessions(options: SignInOptions, tokens: SessionTokens): Sessions {
  return {
    challenge() {
      const { nonce, expiresS } = options.nonces.issue();
      const chainId = Number(options.chainId);
      return { nonce, domain: options.siteDomain(), chainId, expires: expiresS };
    },
    async open(message, signature) {
      const address = await signIn(message, signature, options);
      const { token, expiresS } = tokens.issue(address);
      return { token, address, expires: expiresS };
    },
  };
}
