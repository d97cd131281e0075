import { run } from "./action-pipeline.js";

export { run };
