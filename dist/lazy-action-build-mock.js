import { run } from "./action-build-mock.js";

export { run };
