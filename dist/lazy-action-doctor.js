import { run } from "./action-doctor.js";

export { run };
