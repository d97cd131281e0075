import { main } from "./command-line.js";

export { main };
