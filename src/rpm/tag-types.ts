/**
 * The types of the tags that rpm knows. A main header in which one of them has another type is refused by rpm 4.14 and
 * later (lib/header.c: hdrchkTagType), whatever its digests say; so it is refused here before it gets a signature.
 */
import { TYPE } from './header.ts';

/** Any of the types of text: rpm lets them stand for each other. */
const TEXT = 0;

/** What rpmTagGetTagType() of librpm 4.18 says. */
const RANGES: readonly (readonly [number, string])[] = [
  [TYPE.char, '1029'],
  [TYPE.int16, '1030 1033'],
  [
    TYPE.int32,
    '257 277 1003 1006 1008-1009 1028 1034 1037 1045-1046 1048 1051-1053 1068-1069 1080 1095-1096 1106 ' +
      '1112 1114 1116 1119 1127-1129 1134 1140-1141 1143-1145 1158 1161 1195 5011 5017-5027 5032-5033 5037 ' +
      '5045 5048 5051 5054 5057 5068 5070 5072 5078 5080 5082 5084-5085 5091 5093',
  ],
  [TYPE.int64, '270-271 5008-5009'],
  [
    TEXT,
    '100 266 269 273 276 1000-1002 1004-1005 1007 1010-1011 1014-1016 1018-1027 1035-1036 1039-1040 1044 ' +
      '1047 1049-1050 1054-1055 1059-1062 1064-1067 1079 1081-1082 1085-1092 1094 1097-1099 1113 1115 ' +
      '1117-1118 1120-1126 1132-1133 1135 1142 1147-1157 1159-1160 1196 5000-5002 5005-5007 5010 5012-5016 ' +
      '5030-5031 5034-5036 5040-5044 5046-5047 5049-5050 5052-5053 5055-5056 5058-5062 5066-5067 5069 5071 ' +
      '5076-5077 5079 5081 5086-5090 5092 5096-5101',
  ],
  [TYPE.binary, '259 261-262 267-268 1012-1013 1043 1146'],
];

let table: Map<number, number> | undefined;

function types(): Map<number, number> {
  if (table !== undefined) return table;
  table = new Map();
  for (const [type, ranges] of RANGES) {
    for (const range of ranges.split(' ')) {
      const [first = 0, last = first] = range.split('-').map(Number);
      for (let tag = first; tag <= last; tag++) table.set(tag, type);
    }
  }
  return table;
}

/** Whether a tag of the main header may have a value of `type`. Tags that rpm does not know may have any. */
export function isTagType(tag: number, type: number): boolean {
  const expected = types().get(tag);
  if (expected === undefined) return true;
  if (expected === TEXT) return type === TYPE.string || type === TYPE.stringArray || type === TYPE.i18nString;
  return type === expected;
}
