// Broken guest segments and descriptor tables, one rule each. SDM 3C 28.3.1.2 Checks on Guest Segment Registers,
// 28.3.1.3 Checks on Guest Descriptor-Table Registers.

using System;
using MinusOne.Tests.Model;
using static MinusOne.Tests.Model.GoodVmcs;

namespace MinusOne.Tests.Unit.Vmx.Auditor;

internal static class GuestSegmentRows
{
    private const ulong NotCanonical = 0x8000_0000_0000;

    public static AuditRow[] All =>
    [
        Set(Long64, AuditRule.GuestTrSelectorTable, Vmcs16.GuestTrSelector, 0x1C),
        new(
            Long64,
            AuditRule.GuestLdtrSelectorTable,
            Vmcs16.GuestLdtrSelector,
            (v, m) =>
            {
                v[Vmcs16.GuestLdtrSelector] = 0x24;
                v[Vmcs32.GuestLdtrAccessRights] = 0x82;
            }),
        Set(Pae32, AuditRule.GuestSsRplIsCsRpl, Vmcs16.GuestSsSelector, 0x13),
        Set(Virtual8086, AuditRule.GuestVirtual8086Base, VmcsNatural.GuestDsBase, 0x10),
        Set(Virtual8086, AuditRule.GuestVirtual8086Limit, Vmcs32.GuestEsLimit, 0xFFFE),
        Set(Virtual8086, AuditRule.GuestVirtual8086Rights, Vmcs32.GuestGsAccessRights, 0x93),
        Set(Long64, AuditRule.GuestBaseCanonical, VmcsNatural.GuestFsBase, NotCanonical),
        Set(Long64, AuditRule.GuestBaseCanonical, VmcsNatural.GuestGsBase, NotCanonical),
        Set(Long64, AuditRule.GuestBaseCanonical, VmcsNatural.GuestTrBase, NotCanonical),
        new(
            Long64,
            AuditRule.GuestBaseCanonical,
            VmcsNatural.GuestLdtrBase,
            (v, m) =>
            {
                v[VmcsNatural.GuestLdtrBase] = NotCanonical;
                v[Vmcs32.GuestLdtrAccessRights] = 0x82;
            },
            "LDTR"),
        Set(Long64, AuditRule.GuestBaseUpper, VmcsNatural.GuestCsBase, 1ul << 32),
        Set(Long64, AuditRule.GuestBaseUpper, VmcsNatural.GuestSsBase, 1ul << 32),
        Set(Long64, AuditRule.GuestBaseUpper, VmcsNatural.GuestDsBase, 1ul << 32),
        Set(Long64, AuditRule.GuestBaseUpper, VmcsNatural.GuestEsBase, 1ul << 32),
        Set(Long64, AuditRule.GuestCsType, Vmcs32.GuestCsAccessRights, 0xA09A),
        Set(Pae32, AuditRule.GuestCsType, Vmcs32.GuestCsAccessRights, 0xC093),
        Set(RealMode, AuditRule.GuestCsType, Vmcs32.GuestCsAccessRights, 0x97),
        Set(Long64, AuditRule.GuestSsType, Vmcs32.GuestSsAccessRights, 0xC091),
        Set(Long64, AuditRule.GuestSsType, Vmcs32.GuestSsAccessRights, 0xC09B),
        Set(Long64, AuditRule.GuestDataAccessed, Vmcs32.GuestDsAccessRights, 0xC092),
        Set(Long64, AuditRule.GuestDataAccessed, Vmcs32.GuestEsAccessRights, 0xC090),
        Set(Long64, AuditRule.GuestDataAccessed, Vmcs32.GuestGsAccessRights, 0xC096),
        Set(Long64, AuditRule.GuestDataReadable, Vmcs32.GuestFsAccessRights, 0xC099),
        Set(Long64, AuditRule.GuestSegmentIsCodeOrData, Vmcs32.GuestCsAccessRights, 0xA08B),
        Set(Long64, AuditRule.GuestSegmentIsCodeOrData, Vmcs32.GuestEsAccessRights, 0xC083),
        Set(RealMode, AuditRule.GuestDataCsDpl, Vmcs32.GuestCsAccessRights, 0xB3),
        Set(Long64, AuditRule.GuestCsDplIsSsDpl, Vmcs32.GuestCsAccessRights, 0xA0FB),
        Set(Long64, AuditRule.GuestCsDplAboveSsDpl, Vmcs32.GuestCsAccessRights, 0xA0FF),
        new(
            Long64,
            AuditRule.GuestSsDplIsRpl,
            Vmcs32.GuestSsAccessRights,
            (v, m) =>
            {
                v[Vmcs32.GuestCsAccessRights] = 0xA0FB;
                v[Vmcs32.GuestSsAccessRights] = 0xC0F3;
            }),
        new(
            RealMode,
            AuditRule.GuestSsDplIsZero,
            Vmcs32.GuestSsAccessRights,
            (v, m) =>
            {
                v[Vmcs32.GuestCsAccessRights] = 0xFB;
                v[Vmcs32.GuestSsAccessRights] = 0xF3;
            },
            "real mode"),
        new(
            Protected32,
            AuditRule.GuestSsDplIsZero,
            Vmcs32.GuestSsAccessRights,
            (v, m) =>
            {
                v[Vmcs32.GuestCsAccessRights] = 0xC093;
                v[Vmcs32.GuestSsAccessRights] = 0xC0F3;
            },
            "CS is data"),
        Set(Pae32, AuditRule.GuestDataDplBelowRpl, Vmcs16.GuestEsSelector, 0x11, Vmcs32.GuestEsAccessRights),
        Set(Pae32, AuditRule.GuestDataDplBelowRpl, Vmcs16.GuestGsSelector, 0x13, Vmcs32.GuestGsAccessRights),
        new(
            Pae32,
            AuditRule.GuestDataDplBelowRpl,
            Vmcs32.GuestDsAccessRights,
            (v, m) =>
            {
                v[Vmcs16.GuestDsSelector] = 0x12;
                v[Vmcs32.GuestDsAccessRights] = 0xC0BB;
            },
            "nonconforming code"),
        Set(Long64, AuditRule.GuestSegmentPresent, Vmcs32.GuestCsAccessRights, 0xA01B),
        Set(Long64, AuditRule.GuestSegmentPresent, Vmcs32.GuestGsAccessRights, 0xC013),
        Set(Long64, AuditRule.GuestSegmentPresent, Vmcs32.GuestTrAccessRights, 0x0B),
        Set(Long64, AuditRule.GuestSegmentPresent, Vmcs32.GuestLdtrAccessRights, 0x02),
        Set(Long64, AuditRule.GuestSegmentReserved, Vmcs32.GuestCsAccessRights, 0xA19B),
        Set(Long64, AuditRule.GuestSegmentReserved, Vmcs32.GuestDsAccessRights, 0x2_C093),
        Set(Long64, AuditRule.GuestSegmentReserved, Vmcs32.GuestTrAccessRights, 0x88B),
        Set(Long64, AuditRule.GuestSegmentReserved, Vmcs32.GuestLdtrAccessRights, 0x8000_0082),
        Set(Long64, AuditRule.GuestCsLongAndBig, Vmcs32.GuestCsAccessRights, 0xE09B),
        Set(
            Long64,
            AuditRule.GuestGranularityMustBeClear,
            Vmcs32.GuestCsLimit,
            0xFFFF_FFFE,
            Vmcs32.GuestCsAccessRights),
        Set(Long64, AuditRule.GuestGranularityMustBeClear, Vmcs32.GuestTrAccessRights, 0x808B),
        Set(RealMode, AuditRule.GuestGranularityMustBeSet, Vmcs32.GuestDsLimit, 0x10_FFFF, Vmcs32.GuestDsAccessRights),
        Set(Long64, AuditRule.GuestGranularityMustBeSet, Vmcs32.GuestTrLimit, 0x10_0067, Vmcs32.GuestTrAccessRights),
        Set(Long64, AuditRule.GuestTrType, Vmcs32.GuestTrAccessRights, 0x89),
        Set(Long64, AuditRule.GuestTrType, Vmcs32.GuestTrAccessRights, 0x83),
        Set(Pae32, AuditRule.GuestTrType, Vmcs32.GuestTrAccessRights, 0x82),
        Set(Long64, AuditRule.GuestTrUsable, Vmcs32.GuestTrAccessRights, 0x1_008B),
        Set(Long64, AuditRule.GuestSystemSegment, Vmcs32.GuestTrAccessRights, 0x9B),
        Set(Long64, AuditRule.GuestSystemSegment, Vmcs32.GuestLdtrAccessRights, 0x92),
        Set(Long64, AuditRule.GuestLdtrType, Vmcs32.GuestLdtrAccessRights, 0x83),
        Set(Long64, AuditRule.GuestTableBase, VmcsNatural.GuestGdtrBase, NotCanonical),
        Set(Long64, AuditRule.GuestTableBase, VmcsNatural.GuestIdtrBase, NotCanonical),
        Set(Long64, AuditRule.GuestTableLimit, Vmcs32.GuestGdtrLimit, 0x1_0000),
        Set(Long64, AuditRule.GuestTableLimit, Vmcs32.GuestIdtrLimit, 0x1_0FFF),
    ];

    private static AuditRow Set(Func<VmcsImage> good, AuditRule rule, Enum field, ulong value, Enum found = null) =>
        new(
            good,
            rule,
            found ?? field,
            (v, m) => v[Convert.ToUInt32(field)] = value,
            $"{good.Method.Name} {field} {value:X}");
}
