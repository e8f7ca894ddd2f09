/** MQTT 5: 0x86 bad user name or password, 0x87 not authorised, 0x8a banned; MQTT 3.1.1: 4 and 5. */
const loginCodes = new Set([0x86, 0x87, 0x8a, 4, 5]);

/** Whether a CONNACK's code says that the login was refused. */
export const isLoginCode = (code: number): boolean => loginCodes.has(code);
