import type { Command } from "commander";
import { beijingTime } from "../../clock.ts";
import { parseBizNo } from "../../inquiry/biz-no.ts";
import { CommandError } from "../command-error.ts";

export function addBizNoCommand(program: Command): void {
  program
    .command("biz-no")
    .description("take a biz_no apart: when it was given, by which process, as its how-many-eth")
    .argument("<biz_no>", "ZM and 30 digits")
    .action((text: string) => {
      const bizNo = parseBizNo(text);
      if (bizNo === undefined) throw new CommandError(`${text} is no biz_no: ZM, yyyyMMddHHmmss, and 16 digits`);
      process.stdout.write(
        `${JSON.stringify({ given_at: beijingTime(bizNo.at), node: bizNo.node, count: bizNo.count })}\n`,
      );
    });
}
