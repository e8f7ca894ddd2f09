import { FieldsealError } from "@fieldseal/sdk";

/** Starts a listener on the wished port, or on any free one if that is taken. */
export async function elsewhereIfTaken<T>(
  start: (port: number) => Promise<T>,
  wishedPort: number,
): Promise<T> {
  try {
    return await start(wishedPort);
  } catch (error) {
    if (!(error instanceof FieldsealError) || error.code !== "PORT_IN_USE") throw error;
    return start(0);
  }
}
