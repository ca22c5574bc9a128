import { gatewayRefusal } from "../../protocol/gateway-errors.ts";
import { defineStep } from "../step.ts";

/** The published list, and json besides: the feedback file's own suffix. */
const extensions = /\.(?:csv|txt|json|zip|rar|gz|doc|docx|xls|xlsx|pdf|bmp|gif|jpg|jpeg|png)$/i;

/** A file that the method asks for is the method's to judge; any other has an extension of the published list. */
export const checkFiles = defineStep({
  refuses: ["isv.invalid-file-extension"],
  run(exchange) {
    const { request } = exchange.method.spec;
    const stray = exchange.multipart?.files.find(
      ({ name, filename }) => !Object.hasOwn(request, name) && !extensions.test(filename),
    );
    return stray === undefined ? undefined : gatewayRefusal("isv.invalid-file-extension");
  },
});
