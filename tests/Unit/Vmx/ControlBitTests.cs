// Control bits, exit reasons, instruction errors and MSR numbers: no bit or number stands twice, and the best known
// are where the manual puts them.

using System;
using System.Linq;
using System.Numerics;
using System.Reflection;
using Xunit;

namespace MinusOne.Tests.Unit.Vmx;

public sealed class ControlBitTests
{
    [Theory]
    [InlineData(typeof(PinControls))]
    [InlineData(typeof(PrimaryControls))]
    [InlineData(typeof(SecondaryControls))]
    [InlineData(typeof(TertiaryControls))]
    [InlineData(typeof(ExitControls))]
    [InlineData(typeof(EntryControls))]
    [InlineData(typeof(Cr0))]
    [InlineData(typeof(Cr4))]
    [InlineData(typeof(Efer))]
    [InlineData(typeof(XsaveStates))]
    [InlineData(typeof(DebugCtl))]
    public void FlagsAreSingleBitsInOrder(Type flags)
    {
        ulong[] values = Values(flags);
        Assert.Equal(0ul, values[0]);
        Assert.All(values.Skip(1), value => Assert.Equal(1, BitOperations.PopCount(value)));
        Assert.Equal(values.Distinct().Order(), values);
    }

    [Theory]
    [InlineData(typeof(ExitReason))]
    [InlineData(typeof(InstructionError))]
    [InlineData(typeof(Msr))]
    [InlineData(typeof(ExceptionVector))]
    public void NumbersAreDistinctAndInOrder(Type numbers)
    {
        ulong[] values = Values(numbers);
        Assert.Equal(values.Distinct().Order(), values);
    }

    [Theory]
    [InlineData(1ul << 0, PinControls.ExternalInterruptExiting)]
    [InlineData(1ul << 6, PinControls.PreemptionTimer)]
    [InlineData(1ul << 7, PrimaryControls.HltExiting)]
    [InlineData(1ul << 24, PrimaryControls.UnconditionalIoExiting)]
    [InlineData(1ul << 25, PrimaryControls.UseIoBitmaps)]
    [InlineData(1ul << 28, PrimaryControls.UseMsrBitmaps)]
    [InlineData(1ul << 30, PrimaryControls.PauseExiting)]
    [InlineData(1ul << 31, PrimaryControls.ActivateSecondaryControls)]
    [InlineData(1ul << 1, SecondaryControls.EnableEpt)]
    [InlineData(1ul << 5, SecondaryControls.EnableVpid)]
    [InlineData(1ul << 7, SecondaryControls.UnrestrictedGuest)]
    [InlineData(1ul << 20, SecondaryControls.EnableXsavesXrstors)]
    [InlineData(1ul << 25, SecondaryControls.UseTscScaling)]
    [InlineData(1ul << 9, ExitControls.HostAddressSpaceSize)]
    [InlineData(1ul << 15, ExitControls.AcknowledgeInterruptOnExit)]
    [InlineData(1ul << 22, ExitControls.SavePreemptionTimerValue)]
    [InlineData(1ul << 9, EntryControls.Ia32eModeGuest)]
    [InlineData(1ul << 15, EntryControls.LoadEfer)]
    [InlineData(1ul << 13, Cr4.VmxEnable)]
    [InlineData(28ul, ExitReason.ControlRegisterAccess)]
    [InlineData(30ul, ExitReason.IoInstruction)]
    [InlineData(48ul, ExitReason.EptViolation)]
    [InlineData(52ul, ExitReason.PreemptionTimerExpired)]
    [InlineData(55ul, ExitReason.Xsetbv)]
    [InlineData(77ul, ExitReason.Tdcall)]
    [InlineData(7ul, InstructionError.EntryInvalidControlFields)]
    [InlineData(8ul, InstructionError.EntryInvalidHostStateFields)]
    [InlineData(28ul, InstructionError.InvalidOperandToInveptOrInvvpid)]
    [InlineData(0x3Aul, Msr.FeatureControl)]
    [InlineData(0x48Bul, Msr.VmxSecondaryControls)]
    [InlineData(0x493ul, Msr.VmxSecondaryExitControls)]
    [InlineData(0xC000_0080ul, Msr.Efer)]
    [InlineData(0xC000_0102ul, Msr.KernelGsBase)]
    public void ValueIsTheManuals(ulong expected, object value)
    {
        Assert.Equal(expected, Convert.ToUInt64(value));
    }

    private static ulong[] Values(Type type) =>
        [.. type.GetFields().Where(field => field.IsLiteral).Select(Value)];

    private static ulong Value(FieldInfo field) => Convert.ToUInt64(field.GetRawConstantValue());
}
