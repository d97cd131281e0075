import { run } from "./action-setup-builder.js";

export { run };
