package usb

import "time"

// Requests of the HID class to an interface, and the kinds of reports.
const (
	hidGetReport   = 0x01
	hidGetIdle     = 0x02
	hidSetReport   = 0x09
	hidSetIdle     = 0x0A
	hidSetProtocol = 0x0B

	featureReport = 3

	// hidReportSize is the length of a packet, which our reports fill.
	hidReportSize = 64

	// maxReports is how many reports are kept for the host.
	maxReports = 64
)

// hidInterface is an interface with reports of 64 bytes both ways, one for each
// packet. The report descriptor tells how to read them; the kernel fetches it
// from the interface before it looks for a driver.
func hidInterface(report []byte, in, out byte) iface {
	return iface{
		class: [3]byte{3, 0, 0},
		// HID 1.11, no country, one descriptor: that of the reports.
		extra:  []byte{9, descHID, 0x11, 0x01, 0, 1, descReport, byte(len(report)), byte(len(report) >> 8)},
		report: report,
		endpoints: []endpoint{
			{in, interrupt, hidReportSize, 1},
			{out, interrupt, hidReportSize, 1},
		},
	}
}

// reports queues what a HID device has for the host.
type reports struct {
	queue [][]byte
}

// push queues a report, padded to its fixed size. When the host fetches none,
// the oldest is lost, as in a part that has one buffer.
func (r *reports) push(report ...byte) {
	padded := make([]byte, hidReportSize)
	copy(padded, report)
	r.queue = append(r.queue, padded)
	if len(r.queue) > maxReports {
		r.queue = r.queue[1:]
	}
}

func (r *reports) in(_ byte, n int) ([]byte, time.Duration) {
	if len(r.queue) == 0 {
		return nil, 0
	}
	report := r.queue[0]
	r.queue = r.queue[1:]
	return report[:min(n, len(report))], 0
}

// hidRequest answers the requests that all HID devices must know. Neither of
// ours repeats reports by itself, so there is no idle rate to keep.
func hidRequest(s setup) (reply []byte, known bool) {
	switch {
	case s.requestType == classOutInterface && (s.request == hidSetIdle || s.request == hidSetProtocol):
		return nil, true
	case s.requestType == classInInterface && s.request == hidGetIdle:
		return []byte{0}, true
	}
	return nil, false
}
