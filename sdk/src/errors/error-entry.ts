/** What a code means to the person who meets it. */
export type ErrorEntry = { readonly cause: string; readonly cure: string };
