package taxsim

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"time"

	"chepiao"
	"chepiao/paper"
	"chepiao/tax"
)

// document is an invoice as XML and JSON have it. Names of elements are modelled on
// the public description of the digital invoice (数电发票) for passenger transport;
// nothing here claims to conform to it, and there is no signature of a tax bureau.
type document struct {
	XMLName  xml.Name `xml:"EInvoice" json:"-"`
	Practice string   `xml:"Practice" json:"practice"`
	Header   struct {
		Number   string `xml:"EIid" json:"number"`
		Issued   string `xml:"RequestTime" json:"issued"`
		Colour   string `xml:"InvoiceColour" json:"colour"` // blue or red
		Original string `xml:"OriginalEIid,omitempty" json:"original,omitempty"`
		Special  string `xml:"InherentLabel" json:"special"`
	} `xml:"Header" json:"header"`
	Seller party `xml:"EInvoiceData>SellerInformation" json:"seller"`
	Buyer  party `xml:"EInvoiceData>BuyerInformation" json:"buyer"`
	Sum    struct {
		Net   string `xml:"TotalAmWithoutTax" json:"net"`
		Tax   string `xml:"TotalTaxAm" json:"tax"`
		Gross string `xml:"TotalTax-includedAmount" json:"gross"`
	} `xml:"EInvoiceData>BasicInformation" json:"sum"`
	Item struct {
		Name string `xml:"ItemName" json:"name"`
		Rate string `xml:"TaxRate" json:"rate"`
	} `xml:"EInvoiceData>IssuItemInformation" json:"item"`
	Trip struct {
		Passenger string `xml:"Traveler" json:"passenger"`
		Document  string `xml:"IdentityNumber" json:"document"`
		Day       string `xml:"TravelDate" json:"day"`
		From      string `xml:"DepartureLocation" json:"from"`
		To        string `xml:"ArrivalLocation" json:"to"`
		Vehicle   string `xml:"TransportationType" json:"vehicle"`
		Departure string `xml:"Departure" json:"departure"`
		Ticket    string `xml:"TicketNumber" json:"ticket"`
		Order     string `xml:"OrderNumber" json:"order"`
	} `xml:"EInvoiceData>PassengerTransport" json:"trip"`
}

type party struct {
	Name  string `xml:"Name" json:"name"`
	TaxNo string `xml:"IdNum,omitempty" json:"tax_no,omitempty"`
}

const practiceMark = "练习样张，不是发票 PRACTICE, NOT AN INVOICE"

// write makes the document. Refusal of the service: ErrNotFound for an unknown form.
func (m made) write(f tax.Format, red bool) ([]byte, error) {
	q, number, at, sign, colour := m.Request, m.Invoice.Number, m.Invoice.Issued, chepiao.Money(1), "blue"
	if red {
		number, at, sign, colour = m.Invoice.Red, m.Invoice.Reversed, -1, "red"
	}
	vat := chepiao.Money((int64(q.Amount)*int64(q.Rate) + int64(10_000+q.Rate)/2) / int64(10_000+q.Rate)) // contained in the amount
	var d document
	d.Practice = practiceMark
	d.Header.Number, d.Header.Issued, d.Header.Colour, d.Header.Special = number, at.In(china).Format(time.DateTime), colour, "旅客运输服务"
	if red {
		d.Header.Original = m.Invoice.Number
	}
	d.Seller, d.Buyer = party{sellerName, sellerTax}, party{q.Buyer.Name, q.Buyer.TaxNo}
	d.Sum.Net, d.Sum.Tax, d.Sum.Gross = (sign * (q.Amount - vat)).String(), (sign * vat).String(), (sign * q.Amount).String()
	d.Item.Name, d.Item.Rate = q.Item, fmt.Sprintf("%d.%02d%%", q.Rate/100, q.Rate%100)
	d.Trip.Passenger, d.Trip.Document, d.Trip.Day, d.Trip.From, d.Trip.To = q.Trip.Passenger, q.Trip.Document, q.Trip.Day, q.Trip.From, q.Trip.To
	d.Trip.Vehicle, d.Trip.Departure, d.Trip.Ticket, d.Trip.Order = "公路客运", q.Trip.Departure, q.Ticket, q.Order
	switch f {
	case tax.JSON:
		return json.MarshalIndent(d, "", "  ")
	case tax.XML:
		b, err := xml.MarshalIndent(d, "", "  ")
		return append([]byte(xml.Header), b...), err
	case tax.PDF:
		return paper.PDF(paper.Page{Width: 210, Height: 148}, paper.Invoice{
			Number: number, Original: d.Header.Original, At: at.In(china), Marks: []string{practiceMark},
			Buyer: q.Buyer.Name, BuyerTax: q.Buyer.TaxNo, Seller: sellerName, SellerTax: sellerTax,
			Item: q.Item, Amount: sign * q.Amount, Net: sign * (q.Amount - vat), Tax: sign * vat, Rate: d.Item.Rate,
			Passenger: [][2]string{{"出行人", q.Trip.Passenger}, {"有效身份证件号", q.Trip.Document}, {"出行日期", q.Trip.Day}, {"出发地 → 到达地", q.Trip.From + " → " + q.Trip.To}, {"交通工具", "公路客运 " + q.Trip.Departure}},
			Facts:     [][2]string{{"备注：电子客票号", q.Ticket}, {"订单号", q.Order}},
		})
	}
	return nil, tax.ErrNotFound
}
