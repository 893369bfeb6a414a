package chepiao

import "strings"

// countries are the codes of ISO 3166-1 (GB/T 2659), three letters and two.
const countries = "ABWAW AFGAF AGOAO AIAAI ALAAX ALBAL ANDAD AREAE ARGAR ARMAM ASMAS ATAAQ ATFTF ATGAG AUSAU AUTAT " +
	"AZEAZ BDIBI BELBE BENBJ BESBQ BFABF BGDBD BGRBG BHRBH BHSBS BIHBA BLMBL BLRBY BLZBZ BMUBM BOLBO " +
	"BRABR BRBBB BRNBN BTNBT BVTBV BWABW CAFCF CANCA CCKCC CHECH CHLCL CHNCN CIVCI CMRCM CODCD COGCG " +
	"COKCK COLCO COMKM CPVCV CRICR CUBCU CUWCW CXRCX CYMKY CYPCY CZECZ DEUDE DJIDJ DMADM DNKDK DOMDO " +
	"DZADZ ECUEC EGYEG ERIER ESHEH ESPES ESTEE ETHET FINFI FJIFJ FLKFK FRAFR FROFO FSMFM GABGA GBRGB " +
	"GEOGE GGYGG GHAGH GIBGI GINGN GLPGP GMBGM GNBGW GNQGQ GRCGR GRDGD GRLGL GTMGT GUFGF GUMGU GUYGY " +
	"HKGHK HMDHM HNDHN HRVHR HTIHT HUNHU IDNID IMNIM INDIN IOTIO IRLIE IRNIR IRQIQ ISLIS ISRIL ITAIT " +
	"JAMJM JEYJE JORJO JPNJP KAZKZ KENKE KGZKG KHMKH KIRKI KNAKN KORKR KWTKW LAOLA LBNLB LBRLR LBYLY " +
	"LCALC LIELI LKALK LSOLS LTULT LUXLU LVALV MACMO MAFMF MARMA MCOMC MDAMD MDGMG MDVMV MEXMX MHLMH " +
	"MKDMK MLIML MLTMT MMRMM MNEME MNGMN MNPMP MOZMZ MRTMR MSRMS MTQMQ MUSMU MWIMW MYSMY MYTYT NAMNA " +
	"NCLNC NERNE NFKNF NGANG NICNI NIUNU NLDNL NORNO NPLNP NRUNR NZLNZ OMNOM PAKPK PANPA PCNPN PERPE " +
	"PHLPH PLWPW PNGPG POLPL PRIPR PRKKP PRTPT PRYPY PSEPS PYFPF QATQA REURE ROURO RUSRU RWARW SAUSA " +
	"SDNSD SENSN SGPSG SGSGS SHNSH SJMSJ SLBSB SLESL SLVSV SMRSM SOMSO SPMPM SRBRS SSDSS STPST SURSR " +
	"SVKSK SVNSI SWESE SWZSZ SXMSX SYCSC SYRSY TCATC TCDTD TGOTG THATH TJKTJ TKLTK TKMTM TLSTL TONTO " +
	"TTOTT TUNTN TURTR TUVTV TWNTW TZATZ UGAUG UKRUA UMIUM URYUY USAUS UZBUZ VATVA VCTVC VENVE VGBVG " +
	"VIRVI VNMVN VUTVU WLFWF WSMWS YEMYE ZAFZA ZMBZM ZWEZW"

// travelCodes are the further nationalities of machine-readable passports
// (ICAO 9303 part 3, section 5): British classes, Kosovo, the United Nations,
// the European Union, orders and other issuers, stateless persons, refugees
// and unknown.
const travelCodes = "EUE GBD GBN GBO GBP GBS RKS UNA UNK UNO XBA XCC XCE XCO XEC XES XIM XMP XOM XPO XDC XXA XXB XXC XXX"

// nationalities maps what may be typed to the code that is kept: three letters
// to themselves, the two letters of a country and Germany's D to three.
var nationalities = func() map[string]string {
	codes := make(map[string]string, 600)
	for c := range strings.FieldsSeq(countries) {
		codes[c[:3]], codes[c[3:]] = c[:3], c[:3]
	}
	for c := range strings.FieldsSeq(travelCodes) {
		codes[c] = c
	}
	codes["D"] = "DEU"
	return codes
}()

// normaliseNationality is the three-letter code of a passport's nationality.
// Refusals Invalid at document.nationality.
func normaliseNationality(s string) (string, *Refusal) {
	if code, ok := nationalities[s]; ok {
		return code, nil
	}
	if len(s) <= documentBytesMax {
		s = normaliseCode(s)
	}
	if code, ok := nationalities[s]; ok {
		return code, nil
	}
	if s == "" {
		return "", Refuse(Invalid, "护照需填写国籍，如 CHN、KOR", "a passport needs the nationality, such as CHN or KOR").At("document.nationality")
	}
	return "", Refuse(Invalid, "国籍应为国家代码，如 CHN、KOR", "the nationality must be a country's code, such as CHN or KOR (ISO 3166-1)").At("document.nationality")
}
