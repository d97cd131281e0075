import { Headers, HttpClient, HttpClientError, HttpClientResponse, HttpCodes, MediaTypes } from "./http.js";

export { HttpClient };
