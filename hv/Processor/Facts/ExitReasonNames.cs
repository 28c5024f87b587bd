// The basic exit reasons as words, a line each in their order; an empty line is a number without a meaning. SDM 3D
// Appendix C.

namespace MinusOne.Hv.Processor.Facts;

internal static class ExitReasonNames
{
    public static ReadOnlySpan<byte> Of(uint reason)
    {
        ReadOnlySpan<byte> rest = Names;
        for (; reason > 0; reason--)
        {
            int end = rest.IndexOf((byte)'\n');
            if (end < 0)
            {
                return "unknown"u8;
            }

            rest = rest.Slice(end + 1);
        }

        int length = rest.IndexOf((byte)'\n');
        ReadOnlySpan<byte> name = length < 0 ? rest : rest.Slice(0, length);
        return name.IsEmpty ? "unknown"u8 : name;
    }

    private static ReadOnlySpan<byte> Names =>
        "exception or NMI\nexternal interrupt\ntriple fault\nINIT signal\nstart-up IPI\nI/O SMI\nother SMI\n"u8 +
        "interrupt window\n"u8 +
        "NMI window\ntask switch\nCPUID\nGETSEC\nHLT\nINVD\nINVLPG\nRDPMC\nRDTSC\nRSM\nVMCALL\nVMCLEAR\nVMLAUNCH\n"u8 +
        "VMPTRLD\n"u8 +
        "VMPTRST\nVMREAD\nVMRESUME\nVMWRITE\nVMXOFF\nVMXON\ncontrol-register access\nMOV DR\nI/O instruction\n"u8 +
        "RDMSR\nWRMSR\n"u8 +
        "entry failure: guest state\nentry failure: MSR loading\n\nMWAIT\nmonitor trap flag\n\nMONITOR\nPAUSE\n"u8 +
        "entry failure: machine check\n\nTPR below threshold\nAPIC access\nvirtualized EOI\nGDTR or IDTR access\n"u8 +
        "LDTR or TR access\nEPT violation\nEPT misconfiguration\nINVEPT\nRDTSCP\npreemption timer\nINVVPID\n"u8 +
        "WBINVD\nXSETBV\n"u8 +
        "APIC write\nRDRAND\nINVPCID\nVMFUNC\nENCLS\nRDSEED\npage-modification log full\nXSAVES\nXRSTORS\nPCONFIG\n"u8 +
        "sub-page permission\nUMWAIT\nTPAUSE\nLOADIWKEY\nENCLV\n\nENQCMD PASID\nENQCMDS PASID\nbus lock\n"u8 +
        "instruction time-out\nSEAMCALL\nTDCALL\nRDMSRLIST\nWRMSRLIST\nURDMSR\nUWRMSR\n\n\nRDMSR immediate\n"u8 +
        "WRMSRNS immediate"u8;
}
