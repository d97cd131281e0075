import { run } from "./action-check-version.js";

export { run };
