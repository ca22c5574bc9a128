/** Names as people have them, the same ones each time, each another one: of Han, of minorities, in Latin letters, of Japan and Korea. */
export function realNames(): readonly string[] {
  const pairs = (first: readonly string[], second: readonly string[], join: string): string[] =>
    first.flatMap((each) => second.map((other) => `${each}${join}${other}`));
  return [
    ...pairs(surnames, given, ""),
    ...pairs(minorityGiven, minorityFathers, "·"),
    ...pairs(latinGiven, latinSurnames, " "),
    ...pairs(japaneseSurnames, japaneseGiven, ""),
    ...pairs(kanaGiven, kanaSurnames, "・"),
    ...pairs(koreanSurnames, koreanGiven, ""),
  ];
}

const words = (text: string): string[] => text.trim().split(/\s+/);

const surnames = words(
  "王 李 张 張 刘 劉 陈 陳 杨 赵 黄 周 吴 吳 徐 孙 马 朱 胡 郭 何 高 髙 林 罗 郑 梁 谢 宋 唐 许 韩 冯 邓 曹 彭 曾 肖 田 董 袁 潘 于 蒋 蔡 余 杜 叶 程 苏 魏 吕 呂 丁 任 沈 闫 阎 欧阳 司马 上官 诸葛 夏侯 濮阳 漆 查 盖 仇 逄 亓 昝 靳 乜",
);
const given = words(
  "伟 芳 娜 敏 静 秀英 丽 强 磊 军 洋 勇 艳 杰 娟 涛 明 超 秀兰 霞 平 刚 桂英 鹏 䶮 镕基 㛃 珺 赟 翀 晟 昇 龑 玥 喆 堃 淼 犇 煊 子涵 浩然 梓萱 雨桐 一诺 〇",
);
const minorityGiven = words(
  "阿依古丽 买买提 古丽娜尔 艾力 吐尔逊 热依汗 帕提古丽 努尔兰 阿不都热合曼 迪丽热巴 玛依拉 巴特尔 卓玛 扎西 艾尼瓦尔 库尔班 马合木提 哈斯木 沙吾列 叶尔肯",
);
const minorityFathers = words(
  "买买提 吐尔逊 艾力 阿不都拉 肉孜 司马义 依明 塔依尔 迪力木拉提 玉素甫 托合提 尼亚孜 卡德尔 哈力克 木沙 居马洪 阿吾提 萨迪克 赛买提 巴吾东",
);
const latinGiven = words(
  "Anna Marie José Jose François Jürgen Zoë Þórunn Łukasz Đức Siân Jean-Pierre Ne'metjan Ay'gül Ömer İbrahim Işıl Αλέξανδρος Нурлан Ólafur Minh Håkon Oumar Chloé Wei",
);
const latinSurnames = words(
  "Testa O'Brien D'Angelo Müller Strauß Smith-Jones Nguyễn Peña Pena García Çelik Yıldız Šimůnek Ødegård Brontë Ивaнов Παπαδόπουλος Kowalska Fitzgerald Zhang",
);
const japaneseSurnames = words("山田 佐々木 佐佐木 山崎 山﨑 高橋 斎藤 齋藤 渡辺 渡邊 渡邉 吉田 鈴木 小野寺 一");
const japaneseGiven = words("太郎 花子 一郎 さくら ゆうこ ケンジ 健一 美咲 直樹 翔");
const kanaGiven = words("マリー ジョージ ピエール アンナ ガブリエル パブロ");
const kanaSurnames = words("キュリー ワシントン テスタ バルガス ペレス ヴィトン");
const koreanSurnames = words("김 이 박 최 정 남궁");
const koreanGiven = words("민준 서연 지우 하은 도윤 예준 수빈 영희");
