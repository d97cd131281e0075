import { run } from "./action-mirror-repository.js";

export { run };
