package chepiao

import (
	"fmt"
	"slices"
	"strings"
)

// DocumentKind says what sort of document it is. A window takes every kind; on
// line only the six that the 2024 plan for electronic tickets names are taken,
// because nobody looks at the document there before the day of travel.
type DocumentKind string

// The six kinds that are sold on line.
const (
	ResidentID         DocumentKind = "resident_id"          // 居民身份证, GB 11643
	HKMacauPermit      DocumentKind = "hk_macau_permit"      // 港澳居民来往内地通行证
	TaiwanPermit       DocumentKind = "taiwan_permit"        // 台湾居民来往大陆通行证
	HMTResidencePermit DocumentKind = "hmt_residence_permit" // 港澳台居民居住证
	ForeignPRCard      DocumentKind = "foreign_pr_card"      // 外国人永久居留身份证, old and new
	Passport           DocumentKind = "passport"             // 护照, Chinese and foreign
)

// The kinds that only a window takes, in the groups in which it offers them
// (requirements 5.2). What bears the holder's resident number stands in for the
// resident ID: see Document.Holder.
const (
	TemporaryID       DocumentKind = "temporary_id"
	HouseholdBook     DocumentKind = "household_book"
	DrivingLicence    DocumentKind = "driving_licence"
	PoliceCertificate DocumentKind = "police_certificate" // issued at the station to who has nothing else (F3)
	StudentCard       DocumentKind = "student_card"       // of who is too young for a resident ID

	MilitaryOfficer   DocumentKind = "military_officer"
	ArmedPolice       DocumentKind = "armed_police"
	Soldier           DocumentKind = "soldier"
	MilitaryCadet     DocumentKind = "military_cadet"
	MilitaryCivilian  DocumentKind = "military_civilian"
	MilitaryRetired   DocumentKind = "military_retired"
	MilitaryStaff     DocumentKind = "military_staff"
	MilitaryDischarge DocumentKind = "military_discharge"

	MainlandHKMacauPermit DocumentKind = "mainland_hk_macau_permit"
	MainlandTaiwanPermit  DocumentKind = "mainland_taiwan_permit"
	SeamanBook            DocumentKind = "seaman_book"
	PassportLossProof     DocumentKind = "passport_loss_proof"

	ExitEntryPermit DocumentKind = "exit_entry_permit"
	DiplomatCard    DocumentKind = "diplomat_card"
	ConsularCard    DocumentKind = "consular_card"
	MFACertificate  DocumentKind = "mfa_certificate"
)

// documentRule is what the system knows about one kind.
type documentRule struct {
	kind   DocumentKind
	zh, en string
	gat517 string // code of GA/T 517; "" where it has none or none is certain
	group  string
	form   numberForm
	dated  bool // issued for a journey or some months
}

// numberForm is what the numbers of a kind look like.
type numberForm int8

const (
	formResident    numberForm = iota // 18 characters of GB 11643 with a province
	formHMT                           // the same with region 81, 82 or 83
	formPRCard                        // 3 letters and 12 digits, or 18 characters from 9
	formCard                          // the 18 characters of any of these three
	formHKMacau                       // H or M and 8 digits
	formTaiwan                        // 8 digits
	formPassport                      // by nationality
	formToHKMacau                     // C or W, a letter or digit, 7 digits
	formToTaiwan                      // T or L, a letter or digit, 7 digits
	formLetters                       // 4 to 20 letters and digits
	formCertificate                   // 4 to 24 Chinese characters, letters and digits
)

const groupCommon = "common" // the kinds sold on line

// documentRules are all kinds, the common ones first. The order is that in
// which doors offer them.
var documentRules = [...]documentRule{
	{ResidentID, "居民身份证", "resident ID card", "111", groupCommon, formResident, false},
	{HKMacauPermit, "港澳居民来往内地通行证", "HK/Macau resident's permit", "516", groupCommon, formHKMacau, false},
	{TaiwanPermit, "台湾居民来往大陆通行证", "Taiwan resident's permit", "511", groupCommon, formTaiwan, false},
	{HMTResidencePermit, "港澳台居民居住证", "HK/Macau/Taiwan residence permit", "", groupCommon, formHMT, false},
	{ForeignPRCard, "外国人永久居留身份证", "foreign permanent resident ID card", "553", groupCommon, formPRCard, false},
	{Passport, "护照", "passport", "414", groupCommon, formPassport, false},

	{TemporaryID, "临时居民身份证", "temporary resident ID card", "112", "resident", formResident, true},
	{HouseholdBook, "居民户口簿", "household book", "113", "resident", formResident, false},
	{DrivingLicence, "机动车驾驶证", "driving licence", "", "resident", formCard, false},
	{PoliceCertificate, "公安机关临时身份证明", "temporary police certificate of identity", "", "resident", formCard, true},
	{StudentCard, "未成年人学生证", "minor's student card", "", "resident", formCertificate, false},

	{MilitaryOfficer, "军官证", "military officer's card", "114", "military", formCertificate, false},
	{ArmedPolice, "武警警官证", "armed police officer's card", "", "military", formCertificate, false},
	{Soldier, "士兵证", "soldier's card", "", "military", formCertificate, false},
	{MilitaryCadet, "军队学员证", "military cadet's card", "", "military", formCertificate, false},
	{MilitaryCivilian, "军队文职干部证", "card of a civilian cadre of the forces", "", "military", formCertificate, false},
	{MilitaryRetired, "军队离退休干部证", "card of a retired cadre of the forces", "", "military", formCertificate, false},
	{MilitaryStaff, "军队职工证", "card of the forces' civilian staff", "", "military", formCertificate, false},
	{MilitaryDischarge, "退出现役证", "certificate of discharge from service", "", "military", formCertificate, false},

	{MainlandHKMacauPermit, "往来港澳通行证", "mainland resident's permit for HK/Macau", "", "travel", formToHKMacau, false},
	{MainlandTaiwanPermit, "大陆居民往来台湾通行证", "mainland resident's permit for Taiwan", "", "travel", formToTaiwan, false},
	{SeamanBook, "海员证", "seaman's book", "", "travel", formLetters, false},
	{PassportLossProof, "护照报失证明", "police proof of a lost passport", "", "travel", formCertificate, true},

	{ExitEntryPermit, "外国人出入境证", "foreigner's exit-entry permit", "", "foreign", formLetters, true},
	{DiplomatCard, "外交官证", "diplomat's card", "", "foreign", formLetters, false},
	{ConsularCard, "领事馆证", "consular card", "", "foreign", formLetters, false},
	{MFACertificate, "外交部开具的外国人身份证明", "foreign ministry's certificate of identity", "", "foreign", formCertificate, false},
}

func (k DocumentKind) rule() *documentRule {
	for i := range documentRules {
		if documentRules[i].kind == k {
			return &documentRules[i]
		}
	}
	return nil
}

// DocumentKinds are all kinds, which a window takes, in the order in which
// doors offer them.
func DocumentKinds() []DocumentKind { return kindsWhere(func(documentRule) bool { return true }) }

// OnlineDocumentKinds are the kinds that are sold on every channel.
func OnlineDocumentKinds() []DocumentKind {
	return kindsWhere(func(r documentRule) bool { return r.group == groupCommon })
}

// DocumentGroup is kinds that a list offers under one heading.
type DocumentGroup struct {
	Name  string // common, resident, military, travel, foreign
	Kinds []DocumentKind
}

// DocumentGroups are DocumentKinds under their headings, the common ones first.
func DocumentGroups() []DocumentGroup {
	var groups []DocumentGroup
	for _, r := range documentRules {
		if n := len(groups); n == 0 || groups[n-1].Name != r.group {
			groups = append(groups, DocumentGroup{Name: r.group})
		}
		last := &groups[len(groups)-1]
		last.Kinds = append(last.Kinds, r.kind)
	}
	return groups
}

func kindsWhere(want func(documentRule) bool) (kinds []DocumentKind) {
	for _, r := range documentRules {
		if want(r) {
			kinds = append(kinds, r.kind)
		}
	}
	return kinds
}

// Valid tells whether the kind is one of DocumentKinds.
func (k DocumentKind) Valid() bool { return k.rule() != nil }

// Online tells whether the kind is one of OnlineDocumentKinds.
func (k DocumentKind) Online() bool {
	r := k.rule()
	return r != nil && r.group == groupCommon
}

// Dated tells whether a document of this kind is issued for a journey or some
// months only, so that whoever looks at it should look at its last day, too.
func (k DocumentKind) Dated() bool {
	r := k.rule()
	return r != nil && r.dated
}

// DocumentNotOnline is the reason of SoldOn.
const DocumentNotOnline Reason = "DOCUMENT_NOT_ONLINE" // only a window sells with this kind of document

// SoldOn says whether a passenger may buy with the document on a channel: every
// kind at a window, the six on line and through platforms. Refusal
// DocumentNotOnline at document.kind.
func (d Document) SoldOn(c Channel) error {
	if c == Window || d.kind.Online() {
		return nil
	}
	return Refuse(DocumentNotOnline, "该证件请到车站窗口购票", "buy with this document at a station window").At("document.kind")
}

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
// "" where the standard has none (HK/Macau/Taiwan residence permit) or its code
// is not certain.
func (k DocumentKind) GAT517() string {
	if r := k.rule(); r != nil {
		return r.gat517
	}
	return ""
}

// DocumentKindOfGAT517 is the kind with a GA/T 517 code, false when no kind is
// known to have it.
func DocumentKindOfGAT517(code string) (DocumentKind, bool) {
	i := slices.IndexFunc(documentRules[:], func(r documentRule) bool { return r.gat517 == code && code != "" })
	if i < 0 {
		return "", false
	}
	return documentRules[i].kind, true
}

// chooseKind is the refusal of an unknown kind. It names the common ones.
func chooseKind() *Refusal {
	var zh, en []string
	for _, k := range OnlineDocumentKinds() {
		zh, en = append(zh, k.ZH()), append(en, string(k))
	}
	return Refuse(Invalid, fmt.Sprintf("请选择证件种类:%s等 %d 种", strings.Join(zh, "、"), len(documentRules)),
		fmt.Sprintf("choose the kind of document: %s or another of the %d kinds", strings.Join(en, ", "), len(documentRules))).At("document.kind")
}
