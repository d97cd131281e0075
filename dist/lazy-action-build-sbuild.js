import { run } from "./action-build-sbuild.js";

export { run };
