export { readSettings, redactSettings, type Settings } from "./config/read-settings.ts";
export { type SettingName, type SettingSpec, settingsTable } from "./config/settings-table.ts";
export { oracleErrors } from "./internal/codes.ts";
