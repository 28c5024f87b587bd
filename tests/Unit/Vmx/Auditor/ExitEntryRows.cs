// Broken VM-exit and VM-entry controls and injected events, one rule each. SDM 3C 28.2.1.2 VM-Exit Control Fields,
// 28.2.1.3 VM-Entry Control Fields.

using MinusOne.Tests.Model;
using static MinusOne.Tests.Model.GoodVmcs;

namespace MinusOne.Tests.Unit.Vmx.Auditor;

internal static class ExitEntryRows
{
    private const ulong LastPage = (1ul << 40) - 0x1000;

    public static AuditRow[] All =>
    [
        new(Long64, AuditRule.ExitControlsMustBeOne, Vmcs32.ExitControls, (v, m) => v[Vmcs32.ExitControls] &= ~1u),
        new(
            Long64,
            AuditRule.ExitControlsMustBeZero,
            Vmcs32.ExitControls,
            (v, m) =>
            {
                m.Vmx.Exit = new AllowedControls(0x007F_FFFF_0003_6DFB);
                v[Vmcs32.ExitControls] |= (uint)ExitControls.LoadPkrs;
            }),
        new(
            Long64,
            AuditRule.SecondaryExitControlsMustBeZero,
            Vmcs64.SecondaryExitControls,
            (v, m) =>
            {
                v[Vmcs32.ExitControls] |= (uint)ExitControls.ActivateSecondaryControls;
                v[Vmcs64.SecondaryExitControls] = 0x10;
            }),
        new(
            Long64,
            AuditRule.TimerSaveNeedsTimer,
            Vmcs32.ExitControls,
            (v, m) => v[Vmcs32.PinControls] &= ~(uint)PinControls.PreemptionTimer),
        Area(Vmcs64.ExitMsrStoreAddress, Vmcs32.ExitMsrStoreCount, AuditRule.ExitMsrStoreAddress),
        Area(Vmcs64.ExitMsrLoadAddress, Vmcs32.ExitMsrLoadCount, AuditRule.ExitMsrLoadAddress),
        Area(Vmcs64.EntryMsrLoadAddress, Vmcs32.EntryMsrLoadCount, AuditRule.EntryMsrLoadAddress),
        End(Vmcs64.ExitMsrStoreAddress, Vmcs32.ExitMsrStoreCount, AuditRule.ExitMsrStoreEnd),
        End(Vmcs64.ExitMsrLoadAddress, Vmcs32.ExitMsrLoadCount, AuditRule.ExitMsrLoadEnd),
        End(Vmcs64.EntryMsrLoadAddress, Vmcs32.EntryMsrLoadCount, AuditRule.EntryMsrLoadEnd),
        new(Long64, AuditRule.EntryControlsMustBeOne, Vmcs32.EntryControls, (v, m) => v[Vmcs32.EntryControls] &= ~1u),
        new(
            Long64,
            AuditRule.EntryControlsMustBeZero,
            Vmcs32.EntryControls,
            (v, m) => v[Vmcs32.EntryControls] |= 1u << 25),
        new(
            Long64,
            AuditRule.EntryToSmm,
            Vmcs32.EntryControls,
            (v, m) => v[Vmcs32.EntryControls] |= (uint)EntryControls.EntryToSmm),
        new(
            Long64,
            AuditRule.DeactivateDualMonitor,
            Vmcs32.EntryControls,
            (v, m) => v[Vmcs32.EntryControls] |= (uint)EntryControls.DeactivateDualMonitorTreatment),
        Inject(AuditRule.InjectionType, 0x8000_0100, "type 1"),
        new(
            Long64,
            AuditRule.InjectionType,
            Vmcs32.EntryInterruptionInformation,
            (v, m) =>
            {
                m.Vmx.Primary = new AllowedControls(m.Vmx.Primary.Raw & ~(1ul << 59));
                v[Vmcs32.EntryInterruptionInformation] = 0x8000_0700;
            },
            "no monitor trap flag"),
        Inject(AuditRule.InjectionVector, 0x8000_0203, "NMI"),
        Inject(AuditRule.InjectionVector, 0x8000_0320, "exception 32"),
        Inject(AuditRule.InjectionVector, 0x8000_0701, "other event"),
        Inject(AuditRule.InjectionErrorCodePresence, 0x8000_030D, "#GP without"),
        Inject(AuditRule.InjectionErrorCodePresence, 0x8000_0B06, "#UD with"),
        Inject(AuditRule.InjectionErrorCodePresence, 0x8000_0C80, "INT n with"),
        new(
            RealMode,
            AuditRule.InjectionErrorCodePresence,
            Vmcs32.EntryInterruptionInformation,
            (v, m) => v[Vmcs32.EntryInterruptionInformation] = 0x8000_0B0D,
            "#GP with, real mode"),
        new(
            Long64,
            AuditRule.InjectionErrorCodePresence,
            Vmcs32.EntryInterruptionInformation,
            (v, m) =>
            {
                m.Vmx.Basic = new VmxBasic(m.Vmx.Basic.Raw | (1ul << 56));
                v[Vmcs32.EntryInterruptionInformation] = 0x8000_0A02;
            },
            "NMI with, any code allowed"),
        Inject(AuditRule.InjectionReserved, 0x8000_1306, "bit 12"),
        Inject(AuditRule.InjectionReserved, 0xC000_0306, "bit 30"),
        new(
            Long64,
            AuditRule.InjectionErrorCode,
            Vmcs32.EntryExceptionErrorCode,
            (v, m) =>
            {
                v[Vmcs32.EntryInterruptionInformation] = 0x8000_0B0D;
                v[Vmcs32.EntryExceptionErrorCode] = 0x1_0000;
            }),
        Length(0x8000_0480, 16, "INT n"),
        Length(0x8000_0603, 16, "INT3"),
        Length(0x8000_0501, 16, "INT1"),
        new(
            Long64,
            AuditRule.InjectionInstructionLength,
            Vmcs32.EntryInstructionLength,
            (v, m) =>
            {
                m.Vmx.Misc = new VmxMisc(m.Vmx.Misc.Raw & ~(1ul << 30));
                v[Vmcs32.EntryInterruptionInformation] = 0x8000_0480;
            },
            "zero"),
    ];

    private static AuditRow Area(Vmcs64 address, Vmcs32 count, AuditRule rule) =>
        new(
            Long64,
            rule,
            address,
            (v, m) =>
            {
                v[address] = 0x1_6008;
                v[count] = 1;
            });

    private static AuditRow End(Vmcs64 address, Vmcs32 count, AuditRule rule) =>
        new(
            Long64,
            rule,
            count,
            (v, m) =>
            {
                v[address] = LastPage;
                v[count] = 257;
            });

    private static AuditRow Inject(AuditRule rule, uint information, string note) =>
        new(
            Long64,
            rule,
            Vmcs32.EntryInterruptionInformation,
            (v, m) => v[Vmcs32.EntryInterruptionInformation] = information,
            note);

    private static AuditRow Length(uint information, uint length, string note) =>
        new(
            Long64,
            AuditRule.InjectionInstructionLength,
            Vmcs32.EntryInstructionLength,
            (v, m) =>
            {
                v[Vmcs32.EntryInterruptionInformation] = information;
                v[Vmcs32.EntryInstructionLength] = length;
            },
            note);
}
