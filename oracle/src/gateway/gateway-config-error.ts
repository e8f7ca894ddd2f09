import { FieldsealError } from "@fieldseal/sdk";

/** A refusal of a gateway's file. */
export const gatewayConfigError = (message: string): FieldsealError =>
  new FieldsealError("GATEWAY_CONFIG", message);
