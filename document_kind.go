package chepiao

import "strings"

// DocumentKind says what sort of document it is: the six kinds that the 2024
// plan for electronic tickets wants on line.
type DocumentKind string

// The kinds of documents.
const (
	ResidentID         DocumentKind = "resident_id"          // 居民身份证, GB 11643
	HKMacauPermit      DocumentKind = "hk_macau_permit"      // 港澳居民来往内地通行证
	TaiwanPermit       DocumentKind = "taiwan_permit"        // 台湾居民来往大陆通行证
	HMTResidencePermit DocumentKind = "hmt_residence_permit" // 港澳台居民居住证
	ForeignPRCard      DocumentKind = "foreign_pr_card"      // 外国人永久居留身份证, old and new
	Passport           DocumentKind = "passport"             // 护照, Chinese and foreign
)

// documentRule is what the system knows about one kind.
type documentRule struct {
	kind         DocumentKind
	zh, en       string
	gat517       string // code of GA/T 517; "" where it has none
	carriesBirth bool   // an 18-character number has the birth date at 7–14
}

var documentRules = [...]documentRule{
	{ResidentID, "居民身份证", "resident ID card", "111", true},
	{HKMacauPermit, "港澳居民来往内地通行证", "HK/Macau resident's permit", "516", false},
	{TaiwanPermit, "台湾居民来往大陆通行证", "Taiwan resident's permit", "511", false},
	{HMTResidencePermit, "港澳台居民居住证", "HK/Macau/Taiwan residence permit", "", true},
	{ForeignPRCard, "外国人永久居留身份证", "foreign permanent resident ID card", "553", true},
	{Passport, "护照", "passport", "414", false},
}

func (k DocumentKind) rule() *documentRule {
	for i := range documentRules {
		if documentRules[i].kind == k {
			return &documentRules[i]
		}
	}
	return nil
}

// DocumentKinds are all kinds in the order in which doors offer them.
func DocumentKinds() []DocumentKind {
	kinds := make([]DocumentKind, len(documentRules))
	for i, r := range documentRules {
		kinds[i] = r.kind
	}
	return kinds
}

// Valid tells whether the kind is one of DocumentKinds.
func (k DocumentKind) Valid() bool { return k.rule() != nil }

// ZH is the kind's Chinese name, "" for an unknown kind.
func (k DocumentKind) ZH() string {
	if r := k.rule(); r != nil {
		return r.zh
	}
	return ""
}

// EN is the kind's English name, "" for an unknown kind.
func (k DocumentKind) EN() string {
	if r := k.rule(); r != nil {
		return r.en
	}
	return ""
}

// GAT517 is the kind's code in GA/T 517, as public security systems write it;
// "" where the standard has none (HK/Macau/Taiwan residence permit).
func (k DocumentKind) GAT517() string {
	if r := k.rule(); r != nil {
		return r.gat517
	}
	return ""
}

// DocumentKindOfGAT517 is the kind with a GA/T 517 code, false when it is not
// one of the six.
func DocumentKindOfGAT517(code string) (DocumentKind, bool) {
	for _, r := range documentRules {
		if r.gat517 == code && code != "" {
			return r.kind, true
		}
	}
	return "", false
}

// kindsZH and kindsEN are all kinds in one line, as a refusal lists them.
func kindsZH() string { return listKinds("、", func(r documentRule) string { return r.zh }) }
func kindsEN() string {
	return listKinds(", ", func(r documentRule) string { return string(r.kind) })
}

func listKinds(sep string, name func(documentRule) string) string {
	var names []string
	for _, r := range documentRules {
		names = append(names, name(r))
	}
	return strings.Join(names, sep)
}
