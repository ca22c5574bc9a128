import { monthIndexOf, type MonthIndex, monthToText } from "../clock.ts";
import { identityCheckCharacter } from "../consent/people.ts";

/** A person of the sandbox: believable, and nobody's. The identity numbers lie in region 990000, which is assigned to no place. */
export interface DemoPerson {
  readonly login: string;
  readonly name: string;
  readonly credentialsNo: string;
  readonly userId: string;
  /** What the sandbox's guide says of the person's history. */
  readonly story: { readonly en: string; readonly zh: string };
  readonly orders: readonly DemoOrder[];
}

interface DemoOrder {
  readonly orderNo: string;
  readonly bizType: string;
  /** The first and the last month reported, as ages before the as-of month. */
  readonly fromAge: number;
  readonly toAge: number;
  readonly monthlyYuan: number;
  readonly settled?: boolean;
  /** How many periods were overdue in the month of this age. */
  readonly overdue?: (age: number) => number;
}

function credentialsNo(birthday: string, sequence: string): string {
  const seventeen = `990000${birthday}${sequence}`;
  return seventeen + identityCheckCharacter(seventeen);
}

export const demoPeople: readonly DemoPerson[] = [
  {
    login: "excellent@sandbox.kaimen",
    name: "王雨晴",
    credentialsNo: credentialsNo("19880412", "001"),
    userId: "2088100000000011",
    story: { en: "two years without a late payment, three loans settled", zh: "两年按时还款，已结清三笔贷款" },
    orders: [
      { orderNo: "DEMO1001", bizType: "credit_card", fromAge: 24, toAge: 1, monthlyYuan: 3_200 },
      { orderNo: "DEMO1002", bizType: "1", fromAge: 23, toAge: 14, monthlyYuan: 1_500, settled: true },
      { orderNo: "DEMO1003", bizType: "1", fromAge: 18, toAge: 8, monthlyYuan: 900, settled: true },
      { orderNo: "DEMO1004", bizType: "1", fromAge: 12, toAge: 3, monthlyYuan: 2_100, settled: true },
    ],
  },
  {
    login: "average@sandbox.kaimen",
    name: "李建国",
    credentialsNo: credentialsNo("19790923", "003"),
    userId: "2088100000000029",
    story: {
      en: "one card for fifteen months, once a month late ten months ago",
      zh: "一张信用卡用了十五个月，十个月前逾期过一个月",
    },
    orders: [
      {
        orderNo: "DEMO2001",
        bizType: "credit_card",
        fromAge: 15,
        toAge: 1,
        monthlyYuan: 4_800,
        overdue: (age) => (age === 10 ? 1 : 0),
      },
    ],
  },
  {
    login: "late@sandbox.kaimen",
    name: "张伟",
    credentialsNo: credentialsNo("19920105", "005"),
    userId: "2088100000000037",
    story: { en: "a good year, then late in the last two months", zh: "一年正常，最近两个月逾期" },
    orders: [
      {
        orderNo: "DEMO3001",
        bizType: "1",
        fromAge: 14,
        toAge: 1,
        monthlyYuan: 1_200,
        overdue: (age) => (age === 2 ? 1 : age === 1 ? 2 : 0),
      },
    ],
  },
  {
    login: "defaulted@sandbox.kaimen",
    name: "陈晓东",
    credentialsNo: credentialsNo("19850630", "007"),
    userId: "2088100000000045",
    story: { en: "stopped paying eight months ago and never came back", zh: "八个月前停止还款，至今未还" },
    orders: [
      {
        orderNo: "DEMO4001",
        bizType: "1",
        fromAge: 20,
        toAge: 1,
        monthlyYuan: 2_600,
        overdue: (age) => Math.max(9 - age, 0),
      },
    ],
  },
  {
    login: "new@sandbox.kaimen",
    name: "刘思远",
    credentialsNo: credentialsNo("20030818", "009"),
    userId: "2088100000000053",
    story: { en: "two months of records: too little for a score", zh: "只有两个月的记录，不足以评分" },
    orders: [{ orderNo: "DEMO5001", bizType: "credit_card", fromAge: 2, toAge: 1, monthlyYuan: 600 }],
  },
  {
    login: "recovered@sandbox.kaimen",
    name: "赵敏",
    credentialsNo: credentialsNo("19900228", "002"),
    userId: "2088100000000061",
    story: {
      en: "three months overdue a year and a half ago, clean since, one loan settled",
      zh: "一年半前逾期三个月，此后正常，已结清一笔贷款",
    },
    orders: [
      {
        orderNo: "DEMO6001",
        bizType: "credit_card",
        fromAge: 24,
        toAge: 1,
        monthlyYuan: 1_900,
        overdue: (age) => (age >= 17 && age <= 19 ? 20 - age : 0),
      },
      { orderNo: "DEMO6002", bizType: "1", fromAge: 12, toAge: 4, monthlyYuan: 700, settled: true },
    ],
  },
];

export const demoColumns =
  "user_name,user_credentials_type,user_credentials_no,order_no,biz_type,order_status,create_amt,pay_month,gmt_ovd_date,overdue_cnt,pay_amt";

/** The feedback records of everybody's history, up to the month before the as-of month. */
export function demoRecords(asOf: MonthIndex): Record<string, string>[] {
  return demoPeople.flatMap((person) => person.orders.flatMap((order) => recordsOf(person, order, asOf)));
}

function recordsOf(person: DemoPerson, order: DemoOrder, asOf: MonthIndex): Record<string, string>[] {
  const records: Record<string, string>[] = [];
  for (let age = order.fromAge; age >= order.toAge; age -= 1) {
    const month = shift(asOf, -age);
    const overdue = order.overdue?.(age) ?? 0;
    const settled = order.settled === true && age === order.toAge;
    records.push({
      user_name: person.name,
      user_credentials_type: "0",
      user_credentials_no: person.credentialsNo,
      order_no: order.orderNo,
      biz_type: order.bizType,
      order_status: settled ? "SETTLED" : overdue > 0 ? "OVERDUE" : "REPAYING",
      create_amt: order.monthlyYuan.toFixed(2),
      pay_month: monthToText(month),
      gmt_ovd_date: overdue > 0 ? `${monthToText(shift(month, 1 - overdue))}-01` : "",
      overdue_cnt: String(overdue),
      pay_amt: overdue > 0 ? "0.00" : order.monthlyYuan.toFixed(2),
    });
  }
  return records;
}

function shift(month: MonthIndex, months: number): MonthIndex {
  const moved = month + months;
  return monthIndexOf(Math.floor(moved / 12), (moved % 12) + 1);
}
