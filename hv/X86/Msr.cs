// The model-specific registers we call by name: architectural ones, SDM 4 2.1 Architectural MSRs, by number, and what
// guests want of AMD's.
// The range of the x2APIC is given by its first register: 0x800 plus a sixteenth of the offset in the xAPIC page.
namespace MinusOne.Hv.X86;

internal enum Msr : uint
{
    TimeStampCounter = 0x0010,
    PlatformId = 0x0017,
    ApicBase = 0x001B,
    FeatureControl = 0x003A,
    TscAdjust = 0x003B,
    SpeculationControl = 0x0048,
    PredictionCommand = 0x0049,
    MicrocodeUpdateTrigger = 0x0079,
    MicrocodeSignature = 0x008B,
    SmmMonitorControl = 0x009B,
    UmwaitControl = 0x00E1,
    MtrrCap = 0x00FE,
    ArchCapabilities = 0x010A,
    FlushCommand = 0x010B,
    MicrocodeOptions = 0x0123,
    SysenterCs = 0x0174,
    SysenterEsp = 0x0175,
    SysenterEip = 0x0176,
    MachineCheckCap = 0x0179,
    MachineCheckStatus = 0x017A,
    MiscEnable = 0x01A0,
    DebugCtl = 0x01D9,
    MtrrPhysBase0 = 0x0200,
    MtrrPhysMask0 = 0x0201,
    MtrrFix64K00000 = 0x0250,
    MtrrFix16K80000 = 0x0258,
    MtrrFix16KA0000 = 0x0259,
    MtrrFix4KC0000 = 0x0268,
    MtrrFix4KF8000 = 0x026F,
    Pat = 0x0277,
    MtrrDefType = 0x02FF,
    PerfCapabilities = 0x0345,
    PerfGlobalCtrl = 0x038F,
    MachineCheckBank0Status = 0x0401,
    VmxBasic = 0x0480,
    VmxPinControls = 0x0481,
    VmxPrimaryControls = 0x0482,
    VmxExitControls = 0x0483,
    VmxEntryControls = 0x0484,
    VmxMisc = 0x0485,
    VmxCr0Fixed0 = 0x0486,
    VmxCr0Fixed1 = 0x0487,
    VmxCr4Fixed0 = 0x0488,
    VmxCr4Fixed1 = 0x0489,
    VmxVmcsEnum = 0x048A,
    VmxSecondaryControls = 0x048B,
    VmxEptVpidCap = 0x048C,
    VmxTruePinControls = 0x048D,
    VmxTruePrimaryControls = 0x048E,
    VmxTrueExitControls = 0x048F,
    VmxTrueEntryControls = 0x0490,
    VmxVmFunctions = 0x0491,
    VmxTertiaryControls = 0x0492,
    VmxSecondaryExitControls = 0x0493,
    RtitCtl = 0x0570,
    SupervisorCet = 0x06A2,
    TscDeadline = 0x06E0,
    Pkrs = 0x06E1,
    X2ApicBase = 0x0800,
    X2ApicIcr = 0x0830,
    X2ApicLvtTimer = 0x0832,
    X2ApicSelfIpi = 0x083F,
    BndCfgs = 0x0D90,
    Xss = 0x0DA0,
    LbrCtl = 0x14CE,

    // No processor's: KVM has them there.
    KvmWallClock = 0x4B56_4D00,
    KvmSystemTime = 0x4B56_4D01,
    KvmStealTime = 0x4B56_4D03,
    KvmEoi = 0x4B56_4D04,
    Efer = 0xC000_0080,
    Star = 0xC000_0081,
    Lstar = 0xC000_0082,
    Cstar = 0xC000_0083,
    Fmask = 0xC000_0084,
    FsBase = 0xC000_0100,
    GsBase = 0xC000_0101,
    KernelGsBase = 0xC000_0102,
    TscAux = 0xC000_0103,

    // AMD's own. AMD APM 2 3.2 Model-Specific Registers.
    SystemConfiguration = 0xC001_0010,
    HardwareConfiguration = 0xC001_0015,
    NorthbridgeConfiguration = 0xC001_001F,
    InterruptPendingMessage = 0xC001_0055,
    DecodeConfiguration = 0xC001_1029,
}

// IA32_FEATURE_CONTROL: whether the firmware lets VMX be used. SDM 3C 25.7 Enabling and Entering VMX Operation.
internal readonly struct FeatureControl(ulong raw)
{
    public const ulong Lock = 1ul << 0;
    public const ulong VmxOutsideSmx = 1ul << 2;

    public readonly ulong Raw = raw;

    // Writable until this is set, then constant until reset.
    public bool IsLocked => (Raw & Lock) != 0;
    public bool AllowsVmx => (Raw & VmxOutsideSmx) != 0;
}

// Memory types, as MTRRs, PAT and EPT entries spell them. SDM 3A 13.3 Methods of Caching Available.
internal enum MemoryType : byte
{
    Uncacheable = 0,
    WriteCombining = 1,
    WriteThrough = 4,
    WriteProtected = 5,
    WriteBack = 6,

    // UC-, in the PAT only: an MTRR may turn it into write-combining.
    UncacheableMinus = 7,
}

internal static class MemoryTypes
{
    // Each byte of the value is a memory type, none above the last one; 2 and 3 are none.
    public static bool Are(ulong value, MemoryType last)
    {
        for (int i = 0; i < 64; i += 8)
        {
            byte type = (byte)(value >> i);
            if (type > (byte)last || type is 2 or 3)
            {
                return false;
            }
        }

        return true;
    }
}
