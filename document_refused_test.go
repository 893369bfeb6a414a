package chepiao_test

import (
	"fmt"
	"strings"
	"testing"

	"chepiao"
)

type refusedDocument struct {
	kind               chepiao.DocumentKind
	typed, nationality string
	field, zh, en      string // parts of the sentences
}

// refusedDocuments are every kind against every bad input.
func refusedDocuments() []refusedDocument {
	const number, kind, nationality = "document.number", "document.kind", "document.nationality"
	return []refusedDocument{
		{"", "11010519491231002X", "", kind, "请选择证件种类", "resident_id, hk_macau_permit"},
		{"library_card", "11010519491231002X", "", kind, "居民身份证、", "choose the kind"},

		{chepiao.ResidentID, "", "", number, "请填写", "missing"},
		{chepiao.ResidentID, " -- ", "", number, "请填写", "missing"},
		{chepiao.ResidentID, strings.Repeat("7", 200), "", number, "过长", "too long"},
		{chepiao.ResidentID, "11010519491231002", "", number, "应为 18 位，现为 17 位", "this one has 17"},
		{chepiao.ResidentID, "11010519491231002X7", "", number, "现为 19 位", "this one has 19"},
		{chepiao.ResidentID, "440524800101001", "", number, "一代", "first-generation"},
		{chepiao.ResidentID, "1101O519491231002X", "", number, "第 5 位应为数字", "character 5"},
		{chepiao.ResidentID, "11010519491231X02X", "", number, "第 15 位应为数字", "character 15"},
		{chepiao.ResidentID, "11010519491231002A", "", number, "第 18 位应为数字或 X", "character 18"},
		{chepiao.ResidentID, "1101051949123100证X", "", number, "第 17 位应为数字", "character 17"},
		{chepiao.ResidentID, "1101051949\xff31002X7", "", number, "第 11 位应为数字", "character 11"},
		{chepiao.ResidentID, residentID("190105", "19491231", "002"), "", number, "前两位", "province"},
		{chepiao.ResidentID, residentID("000000", "19491231", "002"), "", number, "前两位", "province"},
		{chepiao.ResidentID, residentID("110105", "19490229", "002"), "", number, "第 7 至 14 位", "calendar"},
		{chepiao.ResidentID, residentID("110105", "19000229", "002"), "", number, "第 7 至 14 位", "calendar"},
		{chepiao.ResidentID, residentID("110105", "19491301", "002"), "", number, "第 7 至 14 位", "calendar"},
		{chepiao.ResidentID, residentID("110105", "19490001", "002"), "", number, "第 7 至 14 位", "calendar"},
		{chepiao.ResidentID, residentID("110105", "19490100", "002"), "", number, "第 7 至 14 位", "calendar"},
		{chepiao.ResidentID, residentID("110105", "19490431", "002"), "", number, "第 7 至 14 位", "calendar"},
		{chepiao.ResidentID, residentID("110105", "20261123", "002"), "", number, "晚于今天", "future"},
		{chepiao.ResidentID, residentID("110105", "18491231", "002"), "", number, "过早", "too long ago"},
		{chepiao.ResidentID, "110105194912310021", "", number, "校验位", "check character"},
		{chepiao.ResidentID, "81000019980902013X", "", kind, "港澳台居民居住证", "HK/Macau/Taiwan residence permit"},
		{chepiao.ResidentID, residentID("911840", "19900101", "001"), "", kind, "外国人永久居留身份证", "foreign permanent resident"},

		{chepiao.HMTResidencePermit, "8100001998090201", "", number, "应为 18 位，现为 16 位", "this one has 16"},
		{chepiao.HMTResidencePermit, "8100001998090Z013X", "", number, "第 14 位应为数字", "character 14"},
		{chepiao.HMTResidencePermit, "440524188001010014", "", number, "开头", "starts with"},
		{chepiao.HMTResidencePermit, residentID("840000", "19980902", "013"), "", number, "开头", "starts with"},
		{chepiao.HMTResidencePermit, residentID("810001", "19980902", "013"), "", number, "开头", "starts with"},
		{chepiao.HMTResidencePermit, residentID("820000", "19980931", "013"), "", number, "第 7 至 14 位", "calendar"},
		{chepiao.HMTResidencePermit, residentID("820000", "20990901", "013"), "", number, "晚于今天", "future"},
		{chepiao.HMTResidencePermit, "810000199809020138", "", number, "校验位", "check character"},

		{chepiao.HKMacauPermit, "", "", number, "请填写", "missing"},
		{chepiao.HKMacauPermit, "H1234567", "", number, "应为 9 或 11 位，现为 8 位", "9 or 11 characters; this one has 8"},
		{chepiao.HKMacauPermit, "H123456780", "", number, "现为 10 位", "this one has 10"},
		{chepiao.HKMacauPermit, "K12345678", "", number, "第 1 位应为字母 H 或 M", "the letter H or M"},
		{chepiao.HKMacauPermit, "H12E45678", "", number, "第 4 位应为数字", "character 4"},
		{chepiao.HKMacauPermit, "H12345678O1", "", number, "第 10 位应为数字", "character 10"},

		{chepiao.TaiwanPermit, "", "", number, "请填写", "missing"},
		{chepiao.TaiwanPermit, "1234567", "", number, "应为 8 或 11 位，现为 7 位", "this one has 7"},
		{chepiao.TaiwanPermit, "1234B678", "", number, "第 5 位应为数字", "character 5"},
		{chepiao.TaiwanPermit, "12345678901", "", number, "第 11 位应为字母", "character 11"},
		{chepiao.TaiwanPermit, "123456789AB", "", number, "第 10 位应为数字", "character 10"},
		{chepiao.TaiwanPermit, "台2345678", "", number, "第 1 位应为数字", "character 1"},

		{chepiao.ForeignPRCard, "", "", number, "请填写", "missing"},
		{chepiao.ForeignPRCard, "KOR1100123456", "", number, "应为 15 或 18 位，现为 13 位", "15 or 18"},
		{chepiao.ForeignPRCard, "K0R110012345678", "", number, "第 2 位应为字母", "character 2"},
		{chepiao.ForeignPRCard, "KOR1100I2345678", "", number, "第 8 位应为数字", "character 8"},
		{chepiao.ForeignPRCard, "韩OR110012345678", "", number, "第 1 位应为字母", "character 1"},
		{chepiao.ForeignPRCard, "440524188001010014", "", number, "第 1 位应为数字 9", "the digit 9"},
		{chepiao.ForeignPRCard, residentID("911840", "19900230", "001"), "", number, "第 7 至 14 位", "calendar"},
		{chepiao.ForeignPRCard, residentID("911840", "20270101", "001"), "", number, "晚于今天", "future"},
		{chepiao.ForeignPRCard, "911840199001010010", "", number, "校验位", "check character"},

		{chepiao.Passport, "E12345678", "", nationality, "国籍", "nationality"},
		{chepiao.Passport, "E12345678", "CHINA", nationality, "国家代码", "country's code"},
		{chepiao.Passport, "E12345678", "XYZ", nationality, "国家代码", "country's code"},
		{chepiao.Passport, "E12345678", strings.Repeat("K", 5000), nationality, "国家代码", "country's code"},
		{chepiao.Passport, "", "CHN", number, "请填写", "missing"},
		{chepiao.Passport, "E123456", "CHN", number, "应为 8 至 10 位，现为 7 位", "this one has 7"},
		{chepiao.Passport, "E1234567", "CHN", number, "应为 9 位", "has 9 characters"},
		{chepiao.Passport, "E1A345678", "CHN", number, "第 3 位应为数字", "character 3"},
		{chepiao.Passport, "K12345678", "CHN", number, "第 1 位应为字母 E", "the letter E"},
		{chepiao.Passport, "PE123456", "CHN", number, "7 或 8 位数字", "7 or 8 digits"},
		{chepiao.Passport, "G1234567B", "CHN", number, "第 9 位应为数字", "character 9"},
		{chepiao.Passport, "G1234_678", "CHN", number, "第 6 位应为字母或数字", "character 6"},
		{chepiao.Passport, "M123", "KOR", number, "应为 5 至 17 位，现为 4 位", "this one has 4"},
		{chepiao.Passport, "M12345678901234567", "KOR", number, "现为 18 位", "this one has 18"},
		{chepiao.Passport, "M1234Ж78", "KOR", number, "第 6 位应为字母或数字", "character 6"},

		{chepiao.TemporaryID, "110105194912310021", "", number, "校验位", "check character"},
		{chepiao.TemporaryID, "81000019980902013X", "", kind, "港澳台居民居住证", "HK/Macau/Taiwan residence permit"},
		{chepiao.HouseholdBook, "1234567", "", number, "应为 18 位，现为 7 位", "this one has 7"},
		{chepiao.DrivingLicence, "810000199809020138", "", number, "校验位", "check character"},
		{chepiao.DrivingLicence, residentID("911840", "20270101", "001"), "", number, "晚于今天", "future"},
		{chepiao.DrivingLicence, "81000019980902013Q", "", number, "第 18 位应为数字或 X", "character 18"},
		{chepiao.PoliceCertificate, "440524800101001", "", number, "一代", "first-generation"},
		{chepiao.PoliceCertificate, residentID("110105", "19490229", "002"), "", number, "第 7 至 14 位", "calendar"},
		{chepiao.PoliceCertificate, "京公0012", "", number, "应为 18 位，现为 6 位", "this one has 6"},
		{chepiao.StudentCard, "123", "", number, "应为 4 至 24 位，现为 3 位", "this one has 3"},
		{chepiao.MilitaryOfficer, "字第号", "", number, "请填写", "missing"},
		{chepiao.MilitaryOfficer, "军字第甲乙丙号", "", number, "应有数字", "has a digit"},
		{chepiao.MilitaryOfficer, "军01234|56", "", number, "第 7 位应为汉字、字母或数字", "character 7"},
		{chepiao.Soldier, strings.Repeat("1", 25), "", number, "现为 25 位", "this one has 25"},
		{chepiao.MainlandHKMacauPermit, "H12345678", "", number, "第 1 位应为字母 C 或 W", "the letter C or W"},
		{chepiao.MainlandHKMacauPermit, "CAB234567", "", number, "第 3 位应为数字", "character 3"},
		{chepiao.MainlandHKMacauPermit, "C1234567", "", number, "应为 9 位，现为 8 位", "has 9 characters"},
		{chepiao.MainlandTaiwanPermit, "C12345678", "", number, "第 1 位应为字母 T 或 L", "the letter T or L"},
		{chepiao.SeamanBook, "海1234567", "", number, "第 1 位应为字母或数字", "character 1"},
		{chepiao.SeamanBook, "ABCDEFG", "", number, "应有数字", "has a digit"},
		{chepiao.DiplomatCard, strings.Repeat("1", 21), "", number, "应为 4 至 20 位，现为 21 位", "this one has 21"},
	}
}

// Refused at the right field, with a sentence in both languages that does not
// repeat the number.
func TestDocumentRefused(t *testing.T) {
	for _, c := range refusedDocuments() {
		t.Run(string(c.kind)+" "+c.typed, func(t *testing.T) {
			d, err := chepiao.NewDocument(c.kind, c.typed, c.nationality, documentToday)
			r := chepiao.AsRefusal(err)
			if r == nil {
				t.Fatalf("accepted or a fault: %v", err)
			}
			if !d.IsZero() {
				t.Errorf("a refused document is not zero")
			}
			if r.Reason != chepiao.Invalid || r.Field != c.field {
				t.Errorf("%s at %s, want INVALID at %s", r.Reason, r.Field, c.field)
			}
			if !strings.Contains(r.ZH, c.zh) || !strings.Contains(r.EN, c.en) {
				t.Errorf("says %q / %q, want %q / %q", r.ZH, r.EN, c.zh, c.en)
			}
			wantNoLeak(t, fmt.Sprintf("%s %+v %v", err, *r, r.Field), c.typed)
		})
	}
}
