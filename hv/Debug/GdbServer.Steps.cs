// Many steps for one word: `monitor steps N`. Each is made as a single one is, and where it has led is told, several in
// a line. Another stop, a packet that comes meanwhile and whoever sits at the console end them; other guests have turns
// in between.
namespace MinusOne.Hv.Debug;

internal unsafe partial struct GdbServer
{
    // After so many the console is heard and other guests have a turn.
    private const uint StepsAtATime = 64;

    // An address and the blank in front of it.
    private const int LongestAddress = 17;

    // The monitor may have been asked for steps: its answer is over when they are.
    private bool BeginSteps(Vcpu* vcpu)
    {
        ref uint wanted = ref ConsoleInput.Of(Machine)->Steps;
        _steps = wanted;
        wanted = 0;
        Stepped = _steps != 0 ? GdbThread.Of(vcpu) : default;
        return _steps != 0;
    }

    // A stop, of the step before or for another reason. True: the next step comes.
    private bool GoesOnStepping()
    {
        bool isMade = _stop.Cause == StopCause.Step && Stepped.Covers(_stop.Vcpu);
        if (isMade)
        {
            TellStep();
            _steps--;
        }

        _isOthersTurn = _steps % StepsAtATime == 0;
        if (isMade && _steps != 0 && !Link.IsLost && !Link.IsCalled() && (!_isOthersTurn || IsWanted()))
        {
            return true;
        }

        EndSteps(isMade);
        return false;
    }

    private void TellStep()
    {
        VcpuSwitch.To(_stop.Vcpu);
        if (_lineBytes + LongestAddress >= LineBytes)
        {
            new Writer(Output.Debugger).EndLine();
        }

        new Writer(Output.Debugger).Text(" "u8).Hex(GuestLook.AtRip.Value);
    }

    // The guest that makes them has ended, for good or to begin anew.
    public void EndSteps(Vm* vm)
    {
        if (_steps != 0 && Stepped.Guest == (int)vm->Number)
        {
            EndSteps(isMade: false);
        }
    }

    private void EndSteps(bool isMade)
    {
        new Writer(Output.Debugger).Text(isMade ? ""u8 : " and another stop"u8).EndLine();
        _steps = 0;
        _isOthersTurn = false;
        Stepped = default;
        Link.Send(Ok);
    }

    // Other guests may run before the step that comes; this is asked once.
    public bool TakeOthersTurn()
    {
        bool isTheirs = _isOthersTurn;
        _isOthersTurn = false;
        return isTheirs;
    }
}
