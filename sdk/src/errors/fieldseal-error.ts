/** Where a code says what went wrong and `details` says with what. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/**
 * The one error type of Fieldseal. `code` is stable and documented in `docs/errors.md`;
 * `message` is one sentence for a person.
 */
export class FieldsealError<Code extends string = string> extends Error {
  readonly code: Code;
  readonly details: ErrorDetails;

  constructor(code: Code, message: string, details: ErrorDetails = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = "FieldsealError";
    this.code = code;
    this.details = details;
  }
}
