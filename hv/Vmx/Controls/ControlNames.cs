// The control bits' names as the manual prints them, a line each in the order of the bits; an empty line is a reserved
// bit. SDM 3C 26.6 VM-Execution Control Fields, 26.7 VM-Exit Control Fields, 26.8 VM-Entry Control Fields.

namespace MinusOne.Hv.Vmx.Controls;

internal static class ControlNames
{
    // Empty for a reserved bit.
    public static ReadOnlySpan<byte> Of(ControlWord word, int bit)
    {
        ReadOnlySpan<byte> names = word switch
        {
            ControlWord.Pin => Pin,
            ControlWord.Primary => Primary,
            ControlWord.Secondary => Secondary,
            ControlWord.Exit => Exit,
            _ => Entry,
        };
        for (; bit > 0; bit--)
        {
            int end = names.IndexOf((byte)'\n');
            if (end < 0)
            {
                return default;
            }

            names = names.Slice(end + 1);
        }

        int length = names.IndexOf((byte)'\n');
        return length < 0 ? names : names.Slice(0, length);
    }

    public static ReadOnlySpan<byte> Of(ControlWord word) => word switch
    {
        ControlWord.Pin => "pin-based"u8,
        ControlWord.Primary => "primary"u8,
        ControlWord.Secondary => "secondary"u8,
        ControlWord.Exit => "exit"u8,
        _ => "entry"u8,
    };

    private static ReadOnlySpan<byte> Pin =>
        "external-interrupt exiting\n\n\nNMI exiting\n\nvirtual NMIs\nVMX-preemption timer\nposted interrupts"u8;

    private static ReadOnlySpan<byte> Primary =>
        "\n\ninterrupt-window exiting\nTSC offsetting\n\n\n\nHLT exiting\n"u8 +
        "\nINVLPG exiting\nMWAIT exiting\nRDPMC exiting\nRDTSC exiting\n\n\nCR3-load exiting\n"u8 +
        "CR3-store exiting\ntertiary controls\n\nCR8-load exiting\nCR8-store exiting\nTPR shadow\n"u8 +
        "NMI-window exiting\n"u8 +
        "MOV-DR exiting\nunconditional I/O exiting\nI/O bitmaps\n\nmonitor trap flag\nMSR bitmaps\n"u8 +
        "MONITOR exiting\n"u8 +
        "PAUSE exiting\nsecondary controls"u8;

    private static ReadOnlySpan<byte> Secondary =>
        "virtualize APIC accesses\nEPT\ndescriptor-table exiting\nRDTSCP\nvirtualize x2APIC mode\nVPID\n"u8 +
        "WBINVD exiting\n"u8 +
        "unrestricted guest\nAPIC-register virtualization\nvirtual-interrupt delivery\nPAUSE-loop exiting\n"u8 +
        "RDRAND exiting\n"u8 +
        "INVPCID\nVM functions\nVMCS shadowing\nENCLS exiting\nRDSEED exiting\nPML\nEPT-violation #VE\n"u8 +
        "conceal VMX from PT\n"u8 +
        "XSAVES/XRSTORS\nPASID translation\nmode-based execute control\nsub-page write permissions\n"u8 +
        "PT uses guest physical addresses\nTSC scaling\nuser wait and pause\nPCONFIG\nENCLV exiting\n"u8 +
        "EPC virtualization\n"u8 +
        "bus-lock detection\ninstruction time-out"u8;

    private static ReadOnlySpan<byte> Exit =>
        "\n\nsave debug controls\n\n\n\n\n\n\nhost address-space size\n\n\nload PERF_GLOBAL_CTRL\n\n\n"u8 +
        "acknowledge interrupt on exit\n"u8 +
        "\n\nsave PAT\nload PAT\nsave EFER\nload EFER\nsave VMX-preemption timer value\nclear BNDCFGS\n"u8 +
        "conceal VMX from PT\n"u8 +
        "clear RTIT_CTL\nclear LBR_CTL\nclear UINV\nload CET state\nload PKRS\nsave PERF_GLOBAL_CTRL\n"u8 +
        "secondary exit controls"u8;

    private static ReadOnlySpan<byte> Entry =>
        "\n\nload debug controls\n\n\n\n\n\n\nIA-32e mode guest\nentry to SMM\ndeactivate dual-monitor treatment\n"u8 +
        "\nload PERF_GLOBAL_CTRL\nload PAT\nload EFER\nload BNDCFGS\nconceal VMX from PT\nload RTIT_CTL\n"u8 +
        "load UINV\n"u8 +
        "load CET state\nload LBR_CTL\nload PKRS\nload FRED\nload SPEC_CTRL"u8;
}
