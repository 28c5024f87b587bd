// The chips of a guest in a snapshot. They hold neither addresses nor times of the host's, so they go as they are.
namespace MinusOne.Hv.Snapshot;

internal unsafe struct BoardImage
{
    private SerialPort _serial;
    private PicPair _pic;
    private IoApic _ioApic;
    private Pit _pit;
    private Hpet _hpet;
    private Cmos _cmos;
    private PowerManagement _power;
    private KeyboardController _keyboard;
    private ulong _pci;
    private uint _testLatch;
    private uint _highLines;
    private uint _hpetLevels;
    private uint _isPicHigh;
    private fixed ulong _msrs[MsrPolicy.Stores];

    public void Take(Vm* vm)
    {
        ref Board board = ref vm->Board;
        _serial = board.Serial;
        _pic = board.Pic;
        _ioApic = board.IoApic;
        _pit = board.Pit;
        _hpet = board.Hpet;
        _cmos = board.Cmos;
        _power = board.Power;
        _keyboard = board.Keyboard;
        _pci = board.Pci.Registers;
        _testLatch = board.TestLatch;
        _highLines = board.HighLines;
        _hpetLevels = board.HpetLevels;
        _isPicHigh = board.IsPicHigh ? 1u : 0;
        for (int i = 0; i < MsrPolicy.Stores; i++)
        {
            _msrs[i] = vm->Msrs[i];
        }
    }

    // No chip would look beyond its own registers, or divide by nothing.
    public readonly bool IsSound => _serial.IsSound && _cmos.IsSound && _ioApic.IsSound && _hpet.IsSound
        && (_highLines | _hpetLevels) >> IoApic.Inputs == 0;

    public readonly void Give(Vm* vm)
    {
        ref Board board = ref vm->Board;
        board.Serial = _serial;
        board.Pic = _pic;
        board.IoApic = _ioApic;
        board.Pit = _pit;
        board.Hpet = _hpet;
        board.Cmos = _cmos;
        board.Power = _power;
        board.Keyboard = _keyboard;
        board.Pci.Registers = _pci;
        board.TestLatch = _testLatch;
        board.HighLines = _highLines;
        board.HpetLevels = _hpetLevels;
        board.IsPicHigh = _isPicHigh != 0;
        for (int i = 0; i < MsrPolicy.Stores; i++)
        {
            vm->Msrs[i] = _msrs[i];
        }
    }
}

// A local APIC, with the page of its registers behind it.
internal unsafe struct ApicImage
{
    private LocalApic _chip;

    // For how long its processor had waited for others, which is told to the guest.
    private ulong _waited;

    public void Take(Vcpu* vcpu)
    {
        _chip = Vm.Of(vcpu)->Board.At(vcpu->Index)->Portable;
        _waited = Waited(vcpu);
    }

    public readonly bool IsSound(uint index) => _chip.Id == index;

    // The page has been filled in.
    public readonly void Give(Vcpu* vcpu)
    {
        Vm* vm = Vm.Of(vcpu);
        LocalApic* chip = vm->Board.At(vcpu->Index);
        ulong window = chip->Window;
        chip->Adopt(in _chip, &vm->Memory, Waited(vcpu) - _waited);
        ApicAccess.Follow(&vm->Board, window, chip->Window);
    }

    private static ulong Waited(Vcpu* vcpu)
    {
        Vm* vm = Vm.Of(vcpu);
        return vcpu->Account.Wait
            + (vcpu->Slot == Vcpu.NoSlot || vm->Slot == null ? 0
                : Rota.Of(vcpu)->Scheduler[vcpu->Slot].Account.Wait);
    }
}

// A device on the PCI bus.
internal struct DeviceImage
{
    public uint Slot;
    public VirtioImage Driver;
}
