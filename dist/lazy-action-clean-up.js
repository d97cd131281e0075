import { run } from "./action-clean-up.js";

export { run };
