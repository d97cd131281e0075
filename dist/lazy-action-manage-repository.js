import { run } from "./action-manage-repository.js";

export { run };
