export { createTestGateway, type TestCall, type TestGateway } from "./test-gateway.ts";
export { type Answer, type AnsweredRefusal, type ReplyOptions, signReply } from "./sign-reply.ts";
