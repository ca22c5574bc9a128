import { expect, test } from "vitest";
import { xmlFields, xmlText } from "#kaimen/protocol/xml-envelope.ts";

test.each<[what: string, node: string, xml: string]>([
  ["fields, in their order", '{"code":"10000","msg":"Success"}', "<code>10000</code><msg>Success</msg>"],
  [
    "numbers and truth",
    '{"expires_in":300,"authorized":true}',
    "<expires_in>300</expires_in><authorized>true</authorized>",
  ],
  ["what XML escapes", '{"sub_msg":"<a & \\"b\\">"}', "<sub_msg>&lt;a &amp; &quot;b&quot;&gt;</sub_msg>"],
  ["an address, without the escapes of JSON", '{"url":"http:\\/\\/a\\/"}', "<url>http://a/</url>"],
  ["a character that XML has no place for", '{"sub_msg":"a\\u0000b"}', "<sub_msg>a\ufffdb</sub_msg>"],
  [
    "a list",
    '{"tokens":[{"user_id":"1"},{"user_id":"2"}]}',
    "<tokens><item><user_id>1</user_id></item><item><user_id>2</user_id></item></tokens>",
  ],
])("a node's fields as elements: %s", (_, node, xml) => {
  expect(xmlFields(node)).toBe(xml);
});

test("a node as the text of an element has no markup, and is the node again when it is read", () => {
  const node = '{"sub_msg":"<a & \\"b\\">"}';
  expect(xmlText(node)).toBe('{"sub_msg":"&lt;a &amp; \\"b\\"&gt;"}');
});
